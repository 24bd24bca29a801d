"""Shadow variants: a sample of the requests is mirrored to them; nobody waits for, or gets, their answers.

They are measured and captured under their own variant's name, so that both can be compared: a mirrored request and its
original carry the same inference id in data capture.
"""

import threading
import time
from collections.abc import Callable

from estate.cloud.services.account import Account
from estate.cloud.services.hosting.fleets import Fleet
from estate.cloud.services.hosting.hosts import Reply
from estate.cloud.services.hosting.invocations import Invocation
from estate.cloud.services.hosting.invoker import Invoker
from estate.cloud.services.hosting.variants import Variant
from estate.cloud.services.processes import Closed
from estate.cloud.services.wire import AwsError

MOST_WAITING = 64  # mirrored requests of an endpoint that may be under way; what is more is not mirrored

Keep = Callable[[Invocation, str, Reply], None]  # offers an invocation of a variant to data capture


class Shadows:
    def __init__(self, account: Account, invoker: Invoker) -> None:
        self._account = account
        self._invoker = invoker
        self._room = threading.BoundedSemaphore(MOST_WAITING)
        self._under_way = threading.Condition()
        self._count = 0

    def mirror(self, fleet: Fleet, asked: Invocation, keep: Keep) -> None:
        """Returns at once."""
        for name, member in fleet.shadows.items():
            if fleet.sampled(name) and self._room.acquire(blocking=False):
                self._start(fleet, member, asked, keep)

    def flush(self, seconds: float = 10.0) -> None:
        """Waits until what was mirrored has been answered."""
        with self._under_way:
            self._under_way.wait_for(lambda: self._count == 0, seconds)

    def _start(self, fleet: Fleet, member: Variant, asked: Invocation, keep: Keep) -> None:
        with self._under_way:
            self._count += 1
        fleet.begin()

        def run() -> None:
            try:
                reply = self._invoker.ask(fleet, member, asked, time.perf_counter())
                if reply.good:
                    keep(asked, member.name, reply)
            except AwsError:
                pass  # a shadow that cannot answer harms nobody; its metrics say that it did not
            finally:
                self._done(fleet)

        try:
            self._account.processes.spawn(run, f"shadow-{asked.endpoint}")
        except Closed:
            self._done(fleet)

    def _done(self, fleet: Fleet) -> None:
        fleet.end()
        self._room.release()
        with self._under_way:
            self._count -= 1
            self._under_way.notify_all()
