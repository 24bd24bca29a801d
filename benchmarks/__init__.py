"""What the project's own work costs on this machine. `make bench` prints it."""
