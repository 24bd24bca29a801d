"""One folder a model: `workload.yaml`, `data.py`, `features.py`, `model.py`, `inference.py`."""
