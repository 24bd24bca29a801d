"""Private networks and who may talk to whom in them."""
