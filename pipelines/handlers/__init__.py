"""Lambda handlers: one event in, one action out; boto3 and the standard library only."""
