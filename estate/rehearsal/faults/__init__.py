"""Faults that a rehearsal can inject, one a file. docs/rehearsal.md says how to add one."""
