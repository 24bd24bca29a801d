"""`Pulumi.yaml` and `Pulumi.<stack>.yaml`, as Pulumi reads them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from estate.engine.result import ProgramError

_STACK_KEYS = {"config", "secretsprovider", "encryptedkey", "encryptionsalt", "environment", "packages"}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}


@dataclass(frozen=True)
class Project:
    """A program and the configuration of one of its stacks, as text by full key."""

    name: str
    program: Path  # the file that is run
    folder: Path  # where it is run
    config: Mapping[str, str]


def read_project(root: Path, stack: str, stack_file: Path | None = None) -> Project:
    """Raises ProgramError that names file, key and what would be right."""
    document = _mapping(root / "Pulumi.yaml")
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise ProgramError("Pulumi.yaml: needs a `name`")
    runtime = document.get("runtime")
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language != "python":
        raise ProgramError(f"Pulumi.yaml: runtime {language!r}; only python runs here")
    program = root / str(document.get("main") or ".")
    if program.suffix != ".py":
        program /= "__main__.py"
    if not program.is_file():
        raise ProgramError(f"{program.relative_to(root)}: no such program")
    own = _stack_config(root, stack, stack_file)
    declared = document.get("config") or {}
    if not isinstance(declared, dict):
        raise ProgramError("Pulumi.yaml: `config` must be a mapping")
    values = _with_defaults(name, stack, declared, own)
    config = {key: _text(key, value) for key, value in sorted(values.items())}
    return Project(name, program.resolve(), program.resolve().parent, config)


def _mapping(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ProgramError(f"{path}: no such file")
    try:
        document = YAML(typ="safe", pure=True).load(path)
    except MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ProgramError(f"{path.name}{line}: {error.problem}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ProgramError(f"{path.name}: must be a mapping")
    return document


def _stack_config(root: Path, stack: str, stack_file: Path | None) -> dict[str, Any]:
    path = stack_file or root / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        known = ", ".join(
            sorted(p.name.removeprefix("Pulumi.").removesuffix(".yaml") for p in root.glob("Pulumi.*.yaml"))
        )
        raise ProgramError(f"{path.name}: no such stack; there are: {known or 'none'}")
    document = _mapping(path)
    unknown = sorted(set(document) - _STACK_KEYS)
    if unknown:
        raise ProgramError(f"{path.name}: unknown key {unknown[0]!r}; known are {', '.join(sorted(_STACK_KEYS))}")
    if document.get("environment"):
        raise ProgramError(f"{path.name}: `environment` names a Pulumi ESC environment, which cannot be opened offline")
    config = document.get("config") or {}
    if not isinstance(config, dict):
        raise ProgramError(f"{path.name}: `config` must be a mapping")
    for key in config:
        if ":" not in str(key):
            raise ProgramError(f"{path.name}: key {key!r} needs its namespace, such as `project:{key}`")
    return config


def _with_defaults(project: str, stack: str, declared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The stack's values over the project's; a declared key without any is an error."""
    values = dict(own)
    for name, declaration in declared.items():
        key = name if ":" in name else f"{project}:{name}"
        given = declaration if isinstance(declaration, dict) else {"value": declaration}
        default = given.get("value", given.get("default"))
        if key not in values and default is None:
            raise ProgramError(f"{key}: stack {stack!r} gives no value, and Pulumi.yaml no default")
        value = values.setdefault(key, default)
        if "type" in given:
            _check_type(key, value, given)
    return values


def _check_type(key: str, value: Any, declaration: Mapping[str, Any]) -> None:
    wanted = declaration["type"]
    if wanted not in _TYPES:
        raise ProgramError(f"Pulumi.yaml: {key}: unknown type {wanted!r}; known are {', '.join(_TYPES)}")
    if not isinstance(value, _TYPES[wanted]) or (isinstance(value, bool) and wanted != "boolean"):
        raise ProgramError(f"{key}: must be of type {wanted} (given: {value!r})")
    if wanted == "array" and isinstance(declaration.get("items"), dict):
        for index, item in enumerate(value):
            _check_type(f"{key}[{index}]", item, declaration["items"])


def _text(key: str, value: Any) -> str:
    """A value as the program gets it: text, and JSON of what is more than one value."""
    if isinstance(value, dict) and set(value) == {"secure"}:
        raise ProgramError(f"{key}: is encrypted, and cannot be opened offline")
    if value is None:
        raise ProgramError(f"{key}: has no value")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return json.dumps(_plain(key, value), sort_keys=True, separators=(",", ":"))


def _plain(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            raise ProgramError(f"{key}: is encrypted, and cannot be opened offline")
        return {str(k): _plain(f"{key}.{k}", item) for k, item in value.items()}
    if isinstance(value, list):
        return [_plain(f"{key}[{index}]", item) for index, item in enumerate(value)]
    return value.isoformat() if isinstance(value, date) else value
