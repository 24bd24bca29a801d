"""Runs the Pulumi program offline, in process, and keeps what it registers."""
