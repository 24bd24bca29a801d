"""How many minutes a meal takes to its customer, from the moment it is ordered."""
