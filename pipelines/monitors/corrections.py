"""Many tests at once, and still few false alarms."""

from collections.abc import Mapping


def holm(p_values: Mapping[str, float], significance: float) -> set[str]:
    """Names whose hypothesis falls, with the chance of any wrong one kept at `significance` (Holm 1979)."""
    fallen: set[str] = set()
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        if p_values[name] > significance / (len(p_values) - rank):
            break
        fallen.add(name)
    return fallen


def any_of(*p_values: float) -> float:
    """One p-value of several tests of one thing (Bonferroni)."""
    return min(1.0, len(p_values) * min(p_values))
