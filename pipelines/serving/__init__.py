"""The inference host: `python -m pipelines.serving serve`, in the container and in rehearsal alike."""
