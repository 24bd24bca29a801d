"""What infrastructure and pipelines agree on. Imports nothing of ours, and nothing of Pulumi."""
