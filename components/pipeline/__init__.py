"""SageMaker pipelines, their schedules, and what their jobs may do."""
