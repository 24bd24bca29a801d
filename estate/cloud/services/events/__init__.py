"""What passes events on: rules, schedules, pipes, event sources of functions."""
