"""Stateful sessions: a container makes one, and what follows in it reaches the same instance.

SageMaker keeps no context: NEW_SESSION goes to any instance, whose container names the session and its end; a request
with that name goes where the session is; a container that closes it says so.
"""

import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from estate.cloud.services.clock import Clock
from estate.cloud.services.hosting.fleets import Fleet
from estate.cloud.services.wire import AwsError

NEW = "NEW_SESSION"
ASKED = "x-amzn-sagemaker-session-id"
MADE = "x-amzn-sagemaker-new-session-id"
CLOSED = "x-amzn-sagemaker-closed-session-id"
MADE_AS = re.compile(r"(?P<id>[a-zA-Z0-9](-*[a-zA-Z0-9])*);\s*Expires=(?P<end>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")


@dataclass(frozen=True)
class Session:
    """Where a session lives, and until when on the emulated clock."""

    fleet: Fleet
    variant: str
    ends_s: float


class Sessions:
    """The sessions of all endpoints."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[tuple[str, str], Session] = {}

    def find(self, endpoint: str, session_id: str) -> Session:
        """Raises AwsError (ValidationError) for one that is unknown, closed or over."""
        with self._lock:
            found = self._open.get((endpoint, session_id))
            if found is not None and found.ends_s <= self._clock.now_s():
                found = self._open.pop((endpoint, session_id), None) and None
        if found is None:
            raise AwsError(
                "ValidationError", f"Session {session_id} of endpoint {endpoint} is not found or has expired"
            )
        return found

    def heed(self, endpoint: str, fleet: Fleet, variant: str, told: dict[str, str]) -> None:
        """Opens and closes what a container's answer says; `told` has the headers of `MADE` and `CLOSED`."""
        made = MADE_AS.fullmatch(told.get(MADE, ""))
        with self._lock:
            if made is not None:
                end_s = datetime.strptime(made["end"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
                # Containers go by the real clock.
                self._open[endpoint, made["id"]] = Session(fleet, variant, self._clock.at(end_s))
            self._open.pop((endpoint, told.get(CLOSED, "")), None)

    def forget(self, endpoint: str, fleet: Fleet) -> None:
        """A fleet has gone, and its sessions with it."""
        with self._lock:
            gone = [key for key, session in self._open.items() if key[0] == endpoint and session.fleet is fleet]
            for key in gone:
                del self._open[key]
