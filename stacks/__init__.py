"""What an environment consists of."""
