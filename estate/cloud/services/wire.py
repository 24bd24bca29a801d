"""What services and the front of the emulated AWS say to each other: requests, answers, errors, operations."""

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Params = dict[str, Any]
Handler = Callable[[Params], Params]


class AwsError(Exception):
    """An error as AWS answers it: `code` is the exception's name in the service's model."""

    def __init__(self, code: str, message: str, status: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.more = more


class PassOn(Exception):
    """The operation is ours only for what we own; moto answers for the rest."""


@dataclass(frozen=True)
class RestCall:
    """A request of a REST service: names found in its path, its query, its headers (lower case) and its body."""

    path: Mapping[str, str]
    pairs: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def query(self) -> dict[str, str]:
        return dict(self.pairs)

    def all(self, name: str) -> list[str]:
        """Every value of a name that the query has more than once."""
        return [value for key, value in self.pairs if key == name]

    def json(self) -> Params:
        try:
            return json.loads(self.body or b"{}")
        except ValueError:
            raise AwsError("SerializationException", "Could not parse request body into json") from None


@dataclass(frozen=True)
class RestAnswer:
    body: bytes | Params | Iterator[bytes] = b""  # an iterator's parts go out as they come
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


RestHandler = Callable[[RestCall], RestAnswer]


@dataclass(frozen=True)
class MountCall:
    """A request that is not for AWS itself, but for something that stands in it; header names in small letters."""

    method: str
    url: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


Mount = tuple[Callable[[MountCall], bool], Callable[[MountCall], RestAnswer]]  # whether it is for it, and its answer


@dataclass(frozen=True)
class Route:
    """A REST operation: method, and a pattern of the whole path with named groups."""

    service: str
    method: str
    path: re.Pattern[str]
    handler: RestHandler


@dataclass
class Table:
    """All operations that are answered here, and what is told after moto has answered one."""

    json: dict[tuple[str, str], Handler] = field(default_factory=dict)
    rest: list[Route] = field(default_factory=list)
    after: dict[tuple[str, str], Callable[[], None]] = field(default_factory=dict)
    mounts: list[Mount] = field(default_factory=list)
    later: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, service: str, handlers: Iterable[Handler]) -> None:
        """Registers handlers under the operations that their names spell: `create_model` answers CreateModel."""
        for handler in handlers:
            self.json[service, _operation_name(getattr(handler, "__name__", ""))] = handler

    def route(self, service: str, method: str, path: str, handler: RestHandler) -> None:
        self.rest.append(Route(service, method, re.compile(path), handler))

    def late(self, service: str, register: Callable[[], None]) -> None:
        """Has `register` called when the service is first asked for."""
        self.later.setdefault(service, []).append(register)

    def ready(self, service: str) -> None:
        """Registers what was left for later."""
        with self._lock:
            for register in self.later.pop(service, ()):
                register()


def _operation_name(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
