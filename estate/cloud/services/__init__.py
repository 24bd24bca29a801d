"""What moto lacks or fakes, one file a service: real behaviour behind AWS's own API."""
