"""SageMaker models and endpoints, each variant its own processes."""
