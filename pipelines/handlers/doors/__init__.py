"""Handlers behind the APIs: requests in, the models' answers out."""
