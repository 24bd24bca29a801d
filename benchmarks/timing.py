# ruff: noqa: T201  it speaks to a terminal
"""Times a piece of work, and prints it; each is run once to warm up, and the middle of several times is shown."""

import gc
import statistics
import time
from collections.abc import Callable

ENOUGH_S = 0.5
LEAST = 3


def measure(what: str, work: Callable[[], object], amount: int = 0, unit: str = "") -> float:
    """Prints the middle time of `work`, and how much of `amount` that is a second. Returns the time in seconds."""
    work()
    gc.collect()
    times: list[float] = []
    while len(times) < LEAST or sum(times) < ENOUGH_S:
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    middle = statistics.median(times)
    rate = f"{amount / middle:>14,.0f} {unit}/s" if amount else ""
    print(f"{what:<52}{middle * 1000:>10.1f} ms{rate}   of {len(times)}")
    return middle


def compare(first: float, what: str, work: Callable[[], object], amount: int, unit: str) -> None:
    """Measures `work`, and prints how many times the `first` time it takes."""
    print(f"{'':<52}{measure(what, work, amount, unit) / first:>10.2f} times the line before it")
