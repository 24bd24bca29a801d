"""Spark over the lake."""
