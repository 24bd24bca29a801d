"""How fast requests may come: a bucket of tokens a route, method or caller, as API Gateway counts."""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field


@dataclass
class Bucket:
    """Tokens: as many as a burst, refilled at a rate."""

    left: float
    at: float  # seconds of the monotonic clock


Limit = float | str | None  # moto keeps it as it was given


@dataclass
class Throttles:
    lock: AbstractContextManager[object]
    _buckets: dict[tuple[str, ...], Bucket] = field(default_factory=dict)

    def takes(self, key: tuple[str, ...], rate: Limit, burst: Limit) -> bool:
        """Whether one more request is within a rate (requests a second) and its burst; without either, any is."""
        if rate is None or burst is None:
            return True
        most = float(burst)
        with self.lock:
            moment = time.monotonic()
            bucket = self._buckets.setdefault(key, Bucket(most, moment))
            bucket.left = min(most, bucket.left + (moment - bucket.at) * float(rate))
            bucket.at = moment
            if bucket.left < 1:
                return False
            bucket.left -= 1
            return True
