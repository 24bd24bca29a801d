"""Lambda: functions that run from their own zip, in environments that are kept for a while."""
