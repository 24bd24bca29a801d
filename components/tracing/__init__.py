"""Traces of requests through API, functions and jobs."""
