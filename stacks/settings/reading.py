"""Reads settings: the only reader of Pulumi's configuration."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from stacks.messages import line
from stacks.settings.base import Settings
from stacks.settings.estate import EstateSettings
from stacks.settings.organization import ORGANIZATION, OrganizationStack

PROJECT = "mlops-estate"


class SettingsError(Exception):
    """A setting is wrong. The message has one line for each: key, what is wrong, the value given."""


def parse(values: Mapping[str, object]) -> EstateSettings:
    """Checks the values that stand under this project's namespace. Raises SettingsError."""
    if holds_organization(values):
        raise SettingsError(
            f"{PROJECT}:layers: {ORGANIZATION!r} is no layer of an environment but a stack of its own, which is "
            "planned and deployed and holds nothing else"
        )
    return _checked(EstateSettings, values)


def parse_organization(values: Mapping[str, object]) -> OrganizationStack:
    """Checks the values of the organisation's stack. Raises SettingsError."""
    return _checked(OrganizationStack, values)


def holds_organization(values: Mapping[str, object]) -> bool:
    """Whether a stack's layers name the organisation's."""
    layers = values.get("layers")
    return isinstance(layers, list | tuple) and ORGANIZATION in layers


S = TypeVar("S", bound=Settings)


def _checked(model: type[S], values: Mapping[str, object]) -> S:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise SettingsError("\n".join(line(PROJECT, model, each) for each in error.errors())) from None


def load(stack: str, root: Path) -> EstateSettings | OrganizationStack:
    """Settings of the running stack, from Pulumi's configuration.

    A stack that holds only some layers names its `environment`; what it leaves out comes from that environment's own
    file, `Pulumi.<environment>.yaml` under `root`. Raises SettingsError.
    """
    # pulumi.Config cannot list its keys, and an unknown one must be refused.
    everything = {**get_config_env(), **CONFIG.get()}
    own = {key.partition(":")[2]: _value(text) for key, text in everything.items() if key.startswith(f"{PROJECT}:")}
    environment = str(own.get("environment", stack))
    shared = {} if environment == stack else read_stack_file(root / f"Pulumi.{environment}.yaml")
    return parse_stack({**shared, **own, "environment": environment})


def parse_stack(values: Mapping[str, object]) -> EstateSettings | OrganizationStack:
    """Settings of an environment, or of the organisation where the values say so. Raises SettingsError."""
    return parse_organization(values) if values.get("layers") == [ORGANIZATION] else parse(values)


def _value(text: object) -> object:
    """Pulumi hands objects and lists over as JSON, scalars as text."""
    return json.loads(text) if isinstance(text, str) and text[:1] in ("{", "[") else text


def read_stack_file(path: Path) -> dict[str, Any]:
    """The values of a `Pulumi.<stack>.yaml` under this project's namespace, by key.

    Raises SettingsError where the file is missing, is no YAML, or has a key twice.
    """
    if not path.is_file():
        known = ", ".join(sorted(p.name.split(".")[1] for p in path.parent.glob("Pulumi.*.yaml")))
        raise SettingsError(f"{path.name}: no such environment; there are: {known}")
    try:
        text = path.read_text(encoding="utf-8")
        # Pulumi reads YAML 1.1, which takes less: `{at: cron(0 8 ? * * *)}` is none.
        yaml.compose(text, Loader=yaml.SafeLoader)
        document = YAML(typ="safe", pure=True).load(text) or {}
    except (MarkedYAMLError, yaml.MarkedYAMLError) as error:
        number = error.problem_mark.line + 1 if error.problem_mark else 0
        raise SettingsError(f"{path.name}:{number}: {error.problem}") from None
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise SettingsError(f"{path.name}: needs a mapping `config`")
    return {key.partition(":")[2]: value for key, value in config.items() if str(key).startswith(f"{PROJECT}:")}
