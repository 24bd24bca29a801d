"""What moto works out anew for every request, and what stays the same: its modules, the operations of a service."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache

from moto import backends
from moto.core import responses


@contextmanager
def looked_up_once() -> Generator[None]:
    """Within it, moto lists its folder and a service's operations once: a tenth of a request's time."""
    list_modules, list_methods = backends.list_of_moto_modules, responses.method_names_from_class
    modules = frozenset(list_modules())
    backends.list_of_moto_modules = lambda: modules  # ty: ignore[invalid-assignment]
    responses.method_names_from_class = cache(list_methods)  # ty: ignore[invalid-assignment]
    try:
        yield
    finally:
        backends.list_of_moto_modules, responses.method_names_from_class = list_modules, list_methods
