"""The lake, its catalog, its queries."""
