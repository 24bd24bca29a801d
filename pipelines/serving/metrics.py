"""What the host says of itself in Prometheus' text format: requests by status, and how long they took.

Written by hand: a counter and a histogram are some lines of text, and the one process that answers has no other to
share its counts with.
"""

import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterator
from itertools import accumulate

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.prometheus import CODE, LATENCY_BOUNDS_MS, METRICS_PATH, MODEL, HostMetric

Handler = Callable[[Request], Awaitable[Response]]
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS_S = tuple(bound / 1000 for bound in LATENCY_BOUNDS_MS)


class Metrics:
    """Counts of one workload's requests since the host was started."""

    def __init__(self, workload: str) -> None:
        self._workload = workload
        self._codes: dict[int, int] = {}
        self._buckets = [0] * (len(_BOUNDS_S) + 1)  # the last is of what took longer than all bounds
        self._seconds = 0.0

    def add(self, code: int, seconds: float) -> None:
        self._codes[code] = self._codes.get(code, 0) + 1
        self._buckets[bisect_left(_BOUNDS_S, seconds)] += 1
        self._seconds += seconds

    def counted(self, answer: Handler) -> Handler:
        """`answer`, counted. What it raises is counted as the 500 that its client gets."""

        async def counting(request: Request) -> Response:
            begun = time.perf_counter()
            code = 500
            try:
                response = await answer(request)
                code = response.status_code
                return response
            finally:
                self.add(code, time.perf_counter() - begun)

        return counting

    def route(self) -> Route:
        """GET /metrics."""

        async def metrics(_request: Request) -> Response:
            return Response(self.text(), media_type=CONTENT_TYPE)

        return Route(METRICS_PATH, metrics, methods=["GET"])

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        whose = f'{MODEL}="{self._workload}"'
        yield f"# HELP {HostMetric.REQUESTS} Answered requests."
        yield f"# TYPE {HostMetric.REQUESTS} counter"
        for code, count in sorted(self._codes.items()):
            yield f'{HostMetric.REQUESTS}{{{whose},{CODE}="{code}"}} {count}'
        name = HostMetric.SECONDS
        yield f"# HELP {name} Seconds until a request was answered."
        yield f"# TYPE {name} histogram"
        *within, everything = accumulate(self._buckets)
        for bound, count in zip(_BOUNDS_S, within, strict=True):
            yield f'{name}_bucket{{{whose},le="{bound:g}"}} {count}'
        yield f'{name}_bucket{{{whose},le="+Inf"}} {everything}'
        yield f"{name}_sum{{{whose}}} {self._seconds:.6f}"
        yield f"{name}_count{{{whose}}} {everything}"
