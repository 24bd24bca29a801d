"""SageMaker jobs, each a process."""
