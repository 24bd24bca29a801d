"""Incidents and self-healing: what two Lambda functions share. boto3 and the standard library only."""
