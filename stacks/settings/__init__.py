"""Settings of an environment: frozen models, one file a layer, and the only reader of Pulumi's configuration."""

from stacks.settings.estate import EstateSettings, Layer, Tier
from stacks.settings.models import ModelSettings, Release
from stacks.settings.organization import OrganizationStack
from stacks.settings.reading import PROJECT, SettingsError, load, parse, parse_stack, read_stack_file

__all__ = [
    "PROJECT",
    "EstateSettings",
    "Layer",
    "ModelSettings",
    "OrganizationStack",
    "Release",
    "SettingsError",
    "Tier",
    "load",
    "parse",
    "parse_stack",
    "read_stack_file",
]
