"""Puts checks in front of moto's backends, where moto accepts what AWS refuses."""

import inspect
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

Given = Mapping[str, Any]
Guard = Callable[[Any, Given], None]  # a backend, and what one of its methods is called with; raises moto's own errors


@contextmanager
def guarded(guards: Iterable[tuple[type, str, Guard]]) -> Generator[None]:
    """Within it, each named method of a backend's class asks its guard first."""
    with ExitStack() as exits:
        for owner, name, guard in guards:
            inherited = name not in vars(owner)
            method = getattr(owner, name)
            setattr(owner, name, _asking(method, guard))
            exits.callback(delattr, owner, name) if inherited else exits.callback(setattr, owner, name, method)
        yield


def _asking(method: Callable[..., Any], guard: Guard) -> Callable[..., Any]:
    signature = inspect.signature(method)

    @wraps(method)
    def ask(backend: object, *args: object, **named: object) -> object:
        given = signature.bind(backend, *args, **named).arguments
        guard(backend, given)
        return method(backend, *args, **named)

    return ask
