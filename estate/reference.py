"""docs/components.md: every component with what it takes, written from the components themselves.

`python -m estate.reference` writes it; `--check` says whether it is current, with exit status 1 where it is not.
"""

import importlib
import inspect
import pkgutil
import re
import sys
import types
import typing
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pulumi
from pydantic.fields import FieldInfo

import components
from components.base import Args, Component

FILE = Path(__file__).resolve().parents[1] / "docs" / "components.md"
TOKEN = re.compile(r'"(estate:\w+:\w+)"')
HEAD = """# Components

Written by `python -m estate.reference` from the components themselves; `make check` fails where it is stale.

An input of type `Input[...]` takes a value or another resource's output. What has no default is required. A component
that several fields exclude from one another says so when it is made, in one message.
"""


def found() -> Iterator[type[Component]]:
    """Every component, by folder and name."""
    for module in sorted(pkgutil.walk_packages(components.__path__, "components."), key=lambda each: each.name):
        for _, kind in sorted(inspect.getmembers(importlib.import_module(module.name), inspect.isclass)):
            if issubclass(kind, Component) and kind is not Component and kind.__module__ == module.name:
                yield kind


def document() -> str:
    parts = [HEAD]
    folder = ""
    for kind in found():
        here = kind.__module__.split(".")[1]
        if here != folder:
            folder = here
            parts.append(f"## {folder}\n\n{_text(importlib.import_module(f'components.{folder}'))}\n")
        parts.append(_component(kind))
    return "\n".join(parts)


def _component(kind: type[Component]) -> str:
    args = typing.get_type_hints(kind.__init__)["args"]
    token = TOKEN.search(inspect.getsource(kind))
    lines = [f"### {kind.__name__}\n", f"`{token[1]}`, `{kind.__module__}`\n" if token else "", f"{_text(kind)}\n"]
    lines += ["| input | type | default | |", "|---|---|---|---|"]
    lines += [_row(name, field) for name, field in args.model_fields.items()]
    nested = {each.__name__: each for field in args.model_fields.values() for each in _models(field.annotation)}
    for name, model in sorted(nested.items()):
        if name == "Placement":
            continue
        lines += [f"\n`{name}`: {_text(model)}\n" if model.__doc__ else f"\n`{name}`:\n"]
        lines += ["| input | type | default | |", "|---|---|---|---|"]
        lines += [_row(each, field) for each, field in model.model_fields.items()]
    return "\n".join(lines) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    default = "" if field.is_required() else f"`{_value(field.get_default(call_default_factory=True))}`"
    cells = (f"`{name}`", f"`{_type(field.annotation)}`", default, field.description or "")
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _value(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Args):
        return f"{type(value).__name__}()"
    return str(value)


def _type(kind: object) -> str:
    """The annotation as a reader would write it; `Input[str]` and not the union that it stands for."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Ellipsis:
        return "..."
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin is typing.Literal:
        return " | ".join(f"'{value}'" for value in arguments)
    if origin in (typing.Union, types.UnionType):
        outputs = [each for each in arguments if typing.get_origin(each) is pulumi.Output]
        plain = [each for each in arguments if each is not type(None) and "Awaitable" not in str(each)]
        plain = [each for each in plain if each not in outputs]
        text = " | ".join(dict.fromkeys(_type(each) for each in plain))
        text = f"Input[{text}]" if outputs else text
        return f"{text} | None" if type(None) in arguments else text
    if origin is not None:
        name = {"Mapping": "dict", "Sequence": "list"}.get(origin.__name__, origin.__name__)
        return f"{name}[{', '.join(_type(each) for each in arguments)}]"
    return getattr(kind, "__name__", str(kind))


def _models(kind: object) -> Iterator[type[Args]]:
    if isinstance(kind, type) and typing.get_origin(kind) is None:
        if issubclass(kind, Args):
            yield kind
        return
    for each in typing.get_args(kind):
        yield from _models(each)


def _text(documented: object) -> str:
    return inspect.getdoc(documented) or ""


def main(arguments: list[str]) -> int:
    text = document()
    if arguments == ["--check"]:
        if FILE.is_file() and FILE.read_text(encoding="utf-8") == text:
            return 0
        sys.stderr.write(f"docs/{FILE.name} is stale; run `python -m estate.reference`\n")
        return 1
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
