"""What answers an alarm by itself."""
