"""The clock that waits and alarms go by: real time, or time that runs faster from a moment on."""

import threading
import time
from dataclasses import dataclass, field

POLL_S = 0.1


@dataclass(frozen=True)
class Clock:
    """`speed` seconds pass for each real one. Timestamps that are stored or answered stay real ones."""

    speed: float = 1.0
    origin_s: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        if not self.speed > 0:
            raise ValueError(f"speed {self.speed:g} must be above 0")

    def now_s(self) -> float:
        return self.at(time.time())

    def at(self, real_s: float) -> float:
        """What this clock shows at a moment of real time, both in seconds since 1970.

        Before its origin it went as fast as real time: data of last week is a week old at any speed.
        """
        return self.origin_s + (real_s - self.origin_s) * (self.speed if real_s > self.origin_s else 1.0)

    def real(self, shown_s: float) -> float:
        """The inverse of `at`."""
        return self.origin_s + (shown_s - self.origin_s) / (self.speed if shown_s > self.origin_s else 1.0)

    def pause(self, seconds: float, stop: threading.Event) -> bool:
        """Lets at most `seconds` of this clock pass, and no more than a moment of real time; whether to go on."""
        return not stop.wait(min(POLL_S, max(0.0, seconds) / self.speed))
