"""What AWS refuses and moto takes."""
