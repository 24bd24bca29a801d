"""Where experiments are recorded."""
