"""The commands of `estate`, by what they are for."""
