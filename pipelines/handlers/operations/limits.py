"""How often and how widely self-healing may act: a log of what it did within the last hour, kept under a version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WINDOW_S = 3600.0
# It makes a version that nobody serves before it was approved: there is nothing that it could break.
HARMLESS = ("retrain",)


@dataclass(frozen=True)
class Limits:
    per_target_hour: int
    per_hour: int
    share: float
    models: int

    @property
    def radius(self) -> int:
        """How many targets may be acted on within an hour; one always may."""
        return max(1, int(self.share * self.models))


def refusal(done: Sequence[Mapping[str, Any]], kind: str, target: str, now_s: float, limits: Limits) -> str | None:
    """Why one more action of `kind` on `target` is too much; None where it is not."""
    lately = recent(done, now_s)
    same = sum(each["kind"] == kind and each["target"] == target for each in lately)
    if same >= limits.per_target_hour:
        return f"rate limit: {same} times {kind} of {target} within an hour, {limits.per_target_hour} allowed"
    if len(lately) >= limits.per_hour:
        return f"rate limit: {len(lately)} actions within an hour, {limits.per_hour} allowed"
    if kind not in HARMLESS:
        touched = {each["target"] for each in lately if each["kind"] not in HARMLESS} | {target}
        if len(touched) > limits.radius:
            return f"blast radius: {len(touched)} targets within an hour, {limits.radius} allowed"
    return None


def recent(done: Sequence[Mapping[str, Any]], now_s: float) -> list[Mapping[str, Any]]:
    return [each for each in done if now_s - float(each["at_s"]) < WINDOW_S]
