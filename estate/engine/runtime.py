"""Runs Python code as Pulumi's language host does, again and again in one process."""

import asyncio
import contextvars
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType

from pulumi.runtime import config as pulumi_config
from pulumi.runtime import resource as pulumi_resource
from pulumi.runtime import settings
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.stack import run_in_stack

from estate.engine.collector import calm_collector
from estate.engine.monitor import Messages, Monitor
from estate.engine.order import InOrder, Numbered
from estate.engine.signals import Signals
from estate.engine.transforms import LocalCallbacks

_ROUNDS = 20  # the SDK's own cleaning up outlives a first cancellation
ORGANIZATION = "organization"  # what Pulumi calls it where there is none


def execute(
    body: Callable[[], object],
    monitor: Monitor,
    *,
    stack: str,
    project: str,
    folder: Path,
    config: Mapping[str, str],
    preview: bool,
) -> None:
    """Runs `body` to the end of all that it started; the monitor sees what it registers.

    Raises what `body` raises. The monitor's own failure, and what the program logged as an error, stand in the monitor.
    """
    messages = Messages()
    fresh = contextvars.copy_context()  # the SDK keeps its state in context variables

    def run() -> None:
        settings.ROOT.set(None)
        settings.configure(
            settings.Settings(
                project=project,
                stack=stack,
                monitor=monitor,
                engine=messages,
                dry_run=preview,
                organization=ORGANIZATION,
                root_directory=str(folder),
            )
        )
        pulumi_config.set_all_config(dict(config), [])
        _in_loop(body, monitor)

    with calm_collector(), _untraced():
        fresh.run(run)
    monitor.logged(messages.errors)


def _in_loop(body: Callable[[], object], monitor: Monitor) -> None:
    loop = asyncio.new_event_loop()
    executor = InOrder(loop)
    loop.set_default_executor(executor)
    loop.set_exception_handler(lambda _loop, _context: None)  # the first error is raised; what follows it is noise
    asyncio.set_event_loop(loop)

    requests = Numbered()
    signals = _EndOfLoop(loop)
    settings.SETTINGS.rpc_manager = requests

    async def main() -> None:
        requests.body = asyncio.current_task()
        signals.interruptible = True
        body()
        signals.interruptible = False
        await executor.drained()

    async def program() -> None:
        monitor.transforms.callbacks = LocalCallbacks(monitor)
        settings.SETTINGS.callbacks = monitor.transforms.callbacks
        await run_in_stack(main)

    with signals:
        try:
            loop.run_until_complete(program())
        finally:
            executor.close()
            _close(loop)


class _EndOfLoop(Signals):
    """Within it, SIGINT and SIGTERM end the loop after what is under way; then the process's own handler runs.

    An exception that a handler raises wherever the loop happens to be can be lost, and the program then waits for ever.
    Only the program's own code (`interruptible`) and a second signal are not waited for.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._arrived: int | None = None
        self.interruptible = False

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        super().__exit__(kind, error, at)
        if self._arrived is not None:
            self.handle(self._arrived, None)
            raise KeyboardInterrupt

    def receive(self, number: int, frame: FrameType | None) -> None:
        first, self._arrived = self._arrived is None, number
        self._loop.call_soon_threadsafe(self._loop.stop)
        if not first:
            self.handle(number, frame)
            raise KeyboardInterrupt
        if self.interruptible:
            raise KeyboardInterrupt


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Cancels what an error left behind, so that nothing of this run is felt in the next."""
    try:
        for _ in range(_ROUNDS):
            left = asyncio.all_tasks(loop)
            if not left:
                break
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.wait(left, timeout=0.05))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


@contextmanager
def _untraced() -> Generator[None]:
    """The SDK sends the whole call stack with each resource, a tenth of a run's time; nobody reads it here."""
    found = getattr(pulumi_resource, "_get_stack_trace", None)
    if found is None:
        yield
        return
    nothing = source_pb2.StackTrace()
    setattr(pulumi_resource, "_get_stack_trace", lambda: nothing)  # noqa: B010  a plain assignment is ill typed
    try:
        yield
    finally:
        pulumi_resource._get_stack_trace = found
