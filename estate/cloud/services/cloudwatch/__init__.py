"""Metrics, alarms and what they are made of."""
