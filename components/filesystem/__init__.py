"""A fast file system in front of the lake."""
