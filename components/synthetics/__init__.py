"""Who uses the models on purpose, and who really does."""
