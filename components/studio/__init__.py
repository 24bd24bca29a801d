"""SageMaker Studio: a domain, the people in it, and what their apps may do."""
