"""The ML code that runs on the estate."""
