"""SIGINT and SIGTERM, received in place of the process's own handlers for a while."""

import signal
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self


class Signals(ABC):
    """Within it, the two signals come to `receive`; afterwards to the handlers that were there before."""

    def __init__(self) -> None:
        self._handlers: dict[int, Callable[[int, FrameType | None], object]] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # no other receives signals
            for number in (signal.SIGINT, signal.SIGTERM):
                handler = signal.getsignal(number)
                if callable(handler):
                    self._handlers[number] = handler
                    signal.signal(number, self.receive)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    @abstractmethod
    def receive(self, number: int, frame: FrameType | None) -> None:
        """What is done when a signal arrives."""

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Does what the process does at that signal."""
        try:
            self._handlers[number](number, frame)
        except SystemExit as stop:
            raise KeyboardInterrupt from stop  # else it would look like the program's own exit
