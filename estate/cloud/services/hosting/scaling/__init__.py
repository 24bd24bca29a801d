"""Application Auto Scaling of hosted models."""
