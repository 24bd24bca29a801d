"""Releases and pipeline runs, on whichever AWS the environment variables point to."""
