"""Amazon Managed Grafana."""
