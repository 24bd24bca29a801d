"""Automation of Systems Manager: runbooks are checked when they are put, and really run."""
