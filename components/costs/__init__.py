"""What is spent, beside the budget."""
