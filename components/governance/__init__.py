"""What proves that an account is as it should be, and what notices when it is not."""
