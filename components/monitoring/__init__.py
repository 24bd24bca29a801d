"""Topics, alarms on data and the dashboard."""
