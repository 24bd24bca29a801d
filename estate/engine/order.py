"""One order for the SDK's requests, whatever order its sets and futures wake up in.

The SDK keeps dependencies in sets, whose order differs from process to process, and with it the moment at which a
resource is ready to register. Here nothing is answered before all that can move has moved; then the first in the
program's own order is. So the order depends on the program alone.
"""

import asyncio
import heapq
import inspect
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, TypeVar

from pulumi.runtime.rpc_manager import RPCManager

T = TypeVar("T")
Place = tuple[int, int, str]
_PLACE: ContextVar[Place] = ContextVar("place", default=(0, 0, ""))
_PATIENCE = 100_000  # passes of the loop after which a program that polls is no longer waited for


class Numbered(RPCManager):
    """Gives each request its place when the program makes it.

    What the program's body makes comes in its order; what comes to be in an `apply` follows, by type and name.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body: asyncio.Task[Any] | None = None
        self._count = 0

    def do_rpc(
        self, name: str, rpc_function: Callable[..., Awaitable[T]]
    ) -> Callable[..., Awaitable[tuple[T, Exception]]]:
        place = self._place(rpc_function)

        async def placed(*args: Any, **kwargs: Any) -> T:
            _PLACE.set(place)
            return await rpc_function(*args, **kwargs)

        return super().do_rpc(name, placed)

    def _place(self, rpc_function: Callable[..., Awaitable[T]]) -> Place:
        if asyncio.current_task() is self.body:
            self._count += 1
            return 0, self._count, ""
        inner = inspect.getclosurevars(rpc_function).nonlocals
        return 1, 0, f"{inner.get('ty', '')}::{inner.get('name', '')}"


class InOrder(ThreadPoolExecutor):
    """An executor that runs one request at a time, on the loop's own thread, when nothing else can move."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(1)  # the loop accepts no other kind; no thread is ever started
        self._loop = loop
        self._waiting: list[tuple[Place, int, Callable[[], Any], Future[Any]]] = []
        self._scheduled = False
        self._count = 0
        self._passes = 0
        self._idle: asyncio.Future[None] | None = None
        self._closed = False

    def close(self) -> None:
        """Answers nothing more, whatever still waits."""
        self._closed = True
        self._waiting.clear()

    async def drained(self) -> None:
        """Returns when nothing waits and nothing can move. The SDK's own waiting looks at every output for each."""
        self._idle = self._loop.create_future()
        self._schedule()
        await self._idle

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        self._count += 1
        heapq.heappush(self._waiting, (_PLACE.get(), self._count, lambda: fn(*args, **kwargs), future))
        self._schedule()
        return future

    def _schedule(self) -> None:
        if not self._scheduled and not self._closed:
            self._scheduled = True
            self._loop.call_soon(self._settle)

    def _settle(self) -> None:
        self._scheduled = False
        if self._closed:
            return
        self._passes += 1
        if self._loop._ready and self._passes < _PATIENCE:  # ty: ignore[missing-attribute]
            self._schedule()
            return
        self._passes = 0
        if not self._waiting:
            if self._idle is not None and not self._idle.done():
                self._idle.set_result(None)
            return
        _, _, call, future = heapq.heappop(self._waiting)
        self._schedule()
        try:
            future.set_result(call())
        except Exception as error:
            future.set_exception(error)
