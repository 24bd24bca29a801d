"""What happened, kept where nobody can change it."""
