"""Secrets that nobody chooses, types in, or keeps for long."""
