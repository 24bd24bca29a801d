"""People who label rows."""
