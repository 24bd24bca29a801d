"""What nobody uses."""
