"""Requests hold the features themselves."""

from pipelines.inference import parse, respond

__all__ = ["parse", "respond"]
