"""Model packages and features."""
