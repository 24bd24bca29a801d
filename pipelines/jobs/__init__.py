"""What runs in a container: `python -m pipelines.jobs.<job> --workload NAME ...`."""
