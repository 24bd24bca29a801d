"""Hosted models."""
