"""Does one piece of work in a second process while this one does another."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import TypeVar

Found = TypeVar("Found")


@contextmanager
def beside(work: Callable[[], Found]) -> Generator[Callable[[], Found]]:
    """Begins `work` in a copy of this process; what it yields waits for the answer, and may be called once.

    Where there is nothing to gain or a copy is not safe, and where the copy did not answer, the work is done here, when
    it is asked for: it must be something that may be done again. So it raises here what it raises, with its traceback.
    """
    if not _may_copy():
        yield work
        return
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    copy = context.Process(target=_answer, args=(theirs, work), daemon=True)
    copy.start()
    theirs.close()  # so that its end is felt here

    def answer() -> Found:
        try:
            return ours.recv()
        except EOFError:
            return work()

    try:
        yield answer
    finally:
        ours.close()
        copy.kill()  # it holds nothing, and has this process's handlers of what asks it to end
        copy.join()


def _may_copy() -> bool:
    """A copy has only the thread that asks for it: a lock that another one holds would be held for ever."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


def _answer(pipe: Connection, work: Callable[[], object]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the one that asked ends the other
    with suppress(BaseException):
        pipe.send(work())
