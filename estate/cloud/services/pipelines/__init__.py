"""SageMaker pipelines: definitions read, executions run."""
