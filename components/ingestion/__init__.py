"""Rows that come as they happen, into the lake."""
