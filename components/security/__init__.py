"""Keys, permission boundary, roles."""
