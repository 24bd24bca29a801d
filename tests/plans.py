"""What an environment of this repository consists of, planned once in a process of tests."""

from functools import cache
from pathlib import Path

from estate.engine.program import Result, preview

ROOT = Path(__file__).resolve().parents[1]


@cache
def previewed(stack: str) -> Result:
    """The program as a preview has it, with unknown outputs; only to be read."""
    return preview(ROOT, stack)
