"""Gradient-boosted trees, as they come."""

from pipelines.explaining import explain
from pipelines.modelling import load, predict, save, train

__all__ = ["explain", "load", "predict", "save", "train"]
