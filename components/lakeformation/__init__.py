"""Who may see which tables and columns of the lake."""
