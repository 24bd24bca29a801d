"""Finds faults: the built-in ones by their names, others by their files."""

import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

from estate.rehearsal import faults
from estate.rehearsal.fault import Fault, FaultError

ALL = "all"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def built_in() -> dict[str, type[Fault]]:
    """Every fault of the project, by name."""
    found = (
        _only(importlib.import_module(f"{faults.__name__}.{each.name}"), each.name)
        for each in pkgutil.iter_modules(faults.__path__)
    )
    return {kind.name: kind for kind in sorted(found, key=lambda kind: kind.name)}


def choose(names: Sequence[str], files: Sequence[Path], stages: Iterable[str]) -> list[type[Fault]]:
    """The faults that were asked for, each once: those of files after those that were named.

    Raises FaultError for a name or a file that is none, for two faults of one name, and for a stage that is none.
    """
    known = built_in()
    for name in names:
        if name != ALL and name not in known:
            raise FaultError(f"--fault {name}: no such fault; faults: {', '.join([*known, ALL])}")
    wanted = list(known) if ALL in names else list(dict.fromkeys(names))
    chosen = [known[name] for name in wanted]
    for file in files:
        kind = load(file)
        taken = next((other for other in (*known.values(), *chosen) if other.name == kind.name), None)
        if taken is not None:
            raise FaultError(f"--fault-file {file}: {kind.name!r} is the name of another fault; rename it")
        chosen.append(kind)
    places = list(stages)
    for kind in chosen:
        if kind.needs not in places:
            raise FaultError(f"fault {kind.name}: needs {kind.needs!r}, which is no stage; stages: {', '.join(places)}")
    return chosen


def load(file: Path) -> type[Fault]:
    """The one fault in a file. Raises FaultError."""
    if not file.is_file():
        raise FaultError(f"--fault-file {file}: no such file")
    name = f"estate_fault_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise FaultError(f"--fault-file {file}: is no Python file; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise FaultError(f"--fault-file {file}:{error.lineno}: {error.msg}") from None
    except Exception as error:  # somebody's file may raise anything
        raise FaultError(f"--fault-file {file}: cannot be imported: {type(error).__name__}: {error}") from None
    try:
        return _only(module, str(file))
    except FaultError as error:
        raise FaultError(f"--fault-file {error}") from None


def _only(module: ModuleType, where: str) -> type[Fault]:
    """The one fault that the module defines, checked."""
    kinds = [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, Fault) and kind.__module__ == module.__name__
    ]
    if len(kinds) != 1:
        said = ", ".join(kind.__name__ for kind in kinds) or "none"
        raise FaultError(f"{where}: must define one subclass of estate.rehearsal.fault.Fault; it defines {said}")
    (kind,) = kinds
    for member in ("name", "shows"):
        if not isinstance(getattr(kind, member, None), str):
            raise FaultError(f"{where}: {kind.__name__} has no `{member}`, a text")
    if not NAME.fullmatch(kind.name) or kind.name == ALL:
        raise FaultError(f"{where}: name {kind.name!r} must be lower case words joined by hyphens, and not {ALL!r}")
    missing = sorted(kind.__abstractmethods__)
    if missing:
        raise FaultError(f"{where}: {kind.__name__} does not define {', '.join(missing)}")
    return kind
