"""The SDK's requests as goals. What the offline engine does not honour is refused here."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pulumi.runtime import rpc
from pulumi.runtime.proto import resource_pb2

from estate.engine import urns
from estate.engine.assets import AssetError
from estate.engine.paths import parse
from estate.engine.resource import Goal
from estate.engine.result import ProgramError
from estate.engine.values import read_struct, read_value

Register = resource_pb2.RegisterResourceRequest
Read = resource_pb2.ReadResourceRequest


def registered(request: Register, urn: str, folder: Path, aliases: Mapping[str, Sequence[str]]) -> Goal:
    """The goal of a registration. `aliases` are those of the resources so far. Raises ProgramError.

    Custom timeouts, plugin versions and `hide_diffs` change nothing of what comes to exist, and are left out.
    """
    _refuse(request, urn)
    try:
        for path in (*request.ignoreChanges, *request.replaceOnChanges):
            parse(path)
        inputs = read_struct(request.object, folder)
    except (AssetError, ValueError) as error:
        raise ProgramError(f"{urn}: {error}") from None
    return Goal(
        urn=urn,
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=inputs,
        parent=request.parent or None,
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies=_property_dependencies(request),
        provider=_provider(request.provider),
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=urns.aliases(request.aliases, urn, request.parent or None, aliases),
        deleted_with=request.deletedWith or None,
        replace_with=tuple(request.replace_with),
        replacement_trigger=read_value(request.replacement_trigger, folder),
    )


def read(request: Read, urn: str, folder: Path) -> Goal:
    """The goal of a `.get()`; its id is empty where it is unknown. Raises ProgramError."""
    try:
        inputs = read_struct(request.properties, folder)
    except AssetError as error:
        raise ProgramError(f"{urn}: {error}") from None
    return Goal(
        urn=urn,
        type=request.type,
        name=request.name,
        custom=True,
        inputs=inputs,
        parent=request.parent or None,
        dependencies=tuple(sorted(request.dependencies)),
        provider=_provider(request.provider),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        external_id="" if request.id == rpc.UNKNOWN else request.id,
    )


def _refuse(request: Register, urn: str) -> None:
    hooks = request.hooks
    refused = {
        "resource hooks": any(getattr(hooks, field.name) for field in hooks.DESCRIPTOR.fields),
        "`import_`": bool(request.importId),
        "remote components": request.remote,
        "state migrations": bool(request.state_migrations),
        "`env_var_mappings`": bool(request.envVarMappings),
    }
    for what, asked in refused.items():
        if asked:
            raise ProgramError(f"{urn}: {what} cannot be run offline")


def _property_dependencies(request: Register) -> dict[str, tuple[str, ...]]:
    found = request.propertyDependencies
    return {key: tuple(sorted(found[key].urns)) for key in sorted(found) if found[key].urns}


def _provider(reference: str) -> str | None:
    return reference.rpartition("::")[0] or None
