"""The stages, grouped by what they are about."""
