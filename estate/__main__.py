"""`python -m estate`."""

from estate.cli import main

if __name__ == "__main__":
    main()
