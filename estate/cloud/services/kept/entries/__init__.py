"""The kinds, one module a domain: each has `KINDS`."""
