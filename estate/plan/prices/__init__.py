"""What AWS asks for an estate: list prices with their sources, and how each type of resource is billed."""
