"""What is spent, and whether things are as they should be."""
