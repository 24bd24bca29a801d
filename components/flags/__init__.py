"""Feature flags of the models."""
