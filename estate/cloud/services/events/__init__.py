"""What passes events on: rules, schedules, pipes, functions."""
