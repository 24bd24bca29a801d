"""HTTP APIs that answer."""
