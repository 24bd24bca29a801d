"""What no account of an organisation may do, whatever its own administrators allow."""
