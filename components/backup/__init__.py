"""Copies of what cannot be made again."""
