"""All kept resources of an account.

A service's model is read when it is first asked for: reading all of them takes seconds.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

from estate.cloud.services.account import Account
from estate.cloud.services.kept import entries
from estate.cloud.services.kept.door import open_door, signed
from estate.cloud.services.kept.keeper import Keeper
from estate.cloud.services.kept.kind import Kind
from estate.cloud.services.wire import Table


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind of every module of `entries`. Raises ValueError where two claim an operation."""
    names = sorted(found.name for found in pkgutil.iter_modules(entries.__path__))
    found = [kind for name in names for kind in importlib.import_module(f"{entries.__name__}.{name}").KINDS]
    owners: dict[tuple[str, str], Kind] = {}
    for kind in found:
        for operation in kind.operations:
            other = owners.setdefault((kind.service, operation), kind)
            if other is not kind:
                raise ValueError(f"{kind.service} {operation} is of {other.kind} and of {kind.kind}; it can be of one")
    return tuple(found)


@cache
def _of_moto() -> frozenset[str]:
    from moto.backends import list_of_moto_modules

    return frozenset(list_of_moto_modules())


class Kept:
    def __init__(self, account: Account) -> None:
        by_service: dict[str, list[Kind]] = {}
        for kind in kinds():
            by_service.setdefault(kind.service, []).append(kind)
        self._keepers = [
            Keeper(account, service, found, service.replace("-", "") in _of_moto() or service in _of_moto())
            for service, found in by_service.items()
        ]

    def register(self, table: Table) -> None:
        for keeper in self._keepers:
            table.late(signed(keeper.service), lambda keeper=keeper: self._open(table, keeper))

    def _open(self, table: Table, keeper: Keeper) -> None:
        open_door(table, keeper.service, keeper.operations, keeper.answer)

    def operations(self) -> Iterator[tuple[str, str, str]]:
        """Service, operation, and what it does not do."""
        for keeper in self._keepers:
            for name in keeper.operations:
                yield keeper.service, name, keeper.told(name)

    def content(self) -> dict[str, dict[str, frozenset[str]]]:
        """Ids of what is kept, by service and kind."""
        return {keeper.service: keeper.content() for keeper in self._keepers}
