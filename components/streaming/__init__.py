"""Models that are asked by events."""
