"""Amazon Managed Service for Prometheus: workspace, rules, alert manager, and who scrapes the cluster."""
