"""Keeps Python's garbage collector out of work that makes many lasting objects and little garbage."""

import atexit
import gc
from collections.abc import Generator
from contextlib import contextmanager

_RARE = 10_000_000  # objects more than at the last look: some thousand resources cost no look at all


def retire_collector() -> None:
    """For a process that ends with the work at hand: what it makes is given back as a whole, then."""
    _look_rarely()
    atexit.register(gc.freeze)  # else Python takes some million objects apart before it ends


@contextmanager
def calm_collector() -> Generator[None]:
    """Within it, what is there already is not looked at again, and what is new hardly ever; it may be nested."""
    before = gc.get_threshold()
    if before[0] >= _RARE:
        yield
        return
    _look_rarely()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _look_rarely() -> None:
    gc.freeze()
    gc.set_threshold(_RARE, 20, 50)
