"""The policy pack. Pulumi runs this folder by itself; `rules` therefore imports nothing but its own modules."""
