# ruff: noqa: T201  it speaks to a terminal
"""A closed loop of clients against one HTTP address: each sends its next request when the last is answered.

`python -m benchmarks.load PORT PATH BODY_FILE CONNECTIONS SECONDS` prints a JSON object: `requests`, `failed` (answers
other than 200), `seconds`, and `p50_ms`, `p99_ms` of all answers. It runs in a process of its own, on bare sockets, so
that what is measured is the server and not the client.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

WARM_UP_S = 1.0  # not counted
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"


@dataclass(frozen=True)
class Load:
    requests: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float


class Client(asyncio.Protocol):
    """One connection that is kept. `answered` is told of each answer's status and seconds."""

    def __init__(self, request: bytes, answered: Callable[[int, float], None]) -> None:
        self._request = request
        self._answered = answered
        self._held = bytearray()
        self._sent = 0.0
        self._transport: asyncio.Transport | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True

    def data_received(self, data: bytes) -> None:
        self._held += data
        end = self._held.find(END_OF_HEAD)
        if end < 0:
            return
        head = bytes(self._held[:end]).lower()
        at = head.find(LENGTH)
        length = int(head[at + len(LENGTH) :].partition(b"\r\n")[0]) if at >= 0 else 0
        if len(self._held) < end + len(END_OF_HEAD) + length:
            return
        self._answered(int(head[9:12]), time.perf_counter() - self._sent)
        self._held.clear()
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            self._sent = time.perf_counter()
            self._transport.write(self._request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


async def load(port: int, path: str, body: bytes, connections: int, seconds: float) -> Load:
    """Raises ConnectionError where the server does not listen, or leaves before the end."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    request = head.encode() + END_OF_HEAD + body
    times: list[float] = []
    failed = 0
    counting = False

    def answered(status: int, took: float) -> None:
        nonlocal failed
        if counting:
            times.append(took)
            failed += status != 200

    loop = asyncio.get_running_loop()
    clients = [
        (await loop.create_connection(lambda: Client(request, answered), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.sleep(WARM_UP_S)
    counting, started = True, time.perf_counter()
    await asyncio.sleep(seconds)
    counting, took = False, time.perf_counter() - started
    lost = sum(client.lost for client in clients)
    for client in clients:
        client.close()
    if lost:
        raise ConnectionError(f"the server closed {lost} of {connections} connections")
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [float("nan")] * 99
    return Load(len(times), failed, took, cuts[49] * 1000, cuts[98] * 1000)


if __name__ == "__main__":
    port, path, body, connections, seconds = sys.argv[1:]
    found = asyncio.run(load(int(port), path, Path(body).read_bytes(), int(connections), float(seconds)))
    print(json.dumps(asdict(found)))
