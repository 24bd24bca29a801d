"""What Lambda functions of the estate have in common."""
