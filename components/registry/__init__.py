"""Versions of models and news of their approval."""
