"""Stands in for the code in a container image."""
