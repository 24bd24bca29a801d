"""A package of its own: without this file, one that another distribution installs as `tests` would be found first."""
