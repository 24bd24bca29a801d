"""Gradient-boosted trees, as they come."""

from pipelines.modelling import load, predict, save, train

__all__ = ["load", "predict", "save", "train"]
