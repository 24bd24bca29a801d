"""Runs the program's transforms, in this process and without a server."""

import asyncio
from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message
from pulumi.runtime._callbacks import _CallbackServicer
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.sync_await import _sync_await

_FIELDS = {  # options that a transform may change: their names there, and in a registration
    "additional_secret_outputs": "additionalSecretOutputs",
    "aliases": "aliases",
    "custom_timeouts": "customTimeouts",
    "deleted_with": "deletedWith",
    "depends_on": "dependencies",
    "hooks": "hooks",
    "ignore_changes": "ignoreChanges",
    "import": "importId",
    "plugin_download_url": "pluginDownloadURL",
    "protect": "protect",
    "provider": "provider",
    "replace_on_changes": "replaceOnChanges",
    "replace_with": "replace_with",
    "replacement_trigger": "replacement_trigger",
    "retain_on_delete": "retainOnDelete",
    "version": "version",
}
Register = resource_pb2.RegisterResourceRequest
Options = resource_pb2.TransformResourceOptions


class LocalCallbacks(_CallbackServicer):
    """The SDK's registry of callbacks without the gRPC server that an engine in another process would need."""

    def __init__(self, monitor: Any) -> None:
        # The parent's constructor is left out on purpose: it opens a port.
        self._callbacks = {}
        self._transforms = {}
        self._state_migrations = {}
        self._monitor = monitor
        self._loop = asyncio.get_running_loop()
        self._target = "in-process"


class Transforms:
    """Transforms of single resources, of components (for all beneath them) and of the whole stack."""

    def __init__(self) -> None:
        self.callbacks: LocalCallbacks | None = None
        self._stack: list[str] = []
        self._own: dict[str, list[str]] = {}
        self._parents: dict[str, str] = {}

    def add_to_stack(self, token: str) -> None:
        self._stack.append(token)

    def applied(self, request: Register, urn: str) -> Register:
        """The registration after its own transforms, those of its parents from the inside out, and the stack's."""
        self._own[urn] = [callback.token for callback in request.transforms]
        self._parents[urn] = request.parent
        tokens: list[str] = []
        at = urn
        while at in self._own:
            tokens += self._own[at]
            at = self._parents[at]
        for token in (*tokens, *self._stack):
            request = self._run(token, request)
        return request

    def _run(self, token: str, request: Register) -> Register:
        if self.callbacks is None:
            return request
        asked = resource_pb2.TransformRequest(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            properties=request.object,
            options=_options(request),
        )
        answer = _sync_await(self.callbacks._callbacks[token](asked.SerializeToString()))
        assert isinstance(answer, resource_pb2.TransformResponse)
        return _changed(request, answer)


def _options(request: Register) -> Options:
    options = Options(providers=dict(request.providers))
    _copy(request, options, {ours: theirs for theirs, ours in _FIELDS.items()})
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    return options


def _changed(request: Register, answer: resource_pb2.TransformResponse) -> Register:
    changed = Register()
    changed.CopyFrom(request)
    changed.object.CopyFrom(answer.properties)
    for key in [key for key in changed.propertyDependencies if key not in answer.properties.fields]:
        del changed.propertyDependencies[key]
    if answer.HasField("options"):
        _copy(answer.options, changed, _FIELDS)
        changed.deleteBeforeReplaceDefined = answer.options.HasField("delete_before_replace")
        changed.deleteBeforeReplace = answer.options.delete_before_replace
    return changed


def _copy(source: Message, target: Message, names: Mapping[str, str]) -> None:
    """Sets the fields of the target to those of the source; what is not set there is not set afterwards."""
    given = {field.name: value for field, value in source.ListFields()}
    for theirs, ours in names.items():
        target.ClearField(ours)
        value = given.get(theirs)
        if isinstance(value, Message):
            getattr(target, ours).CopyFrom(value)
        elif isinstance(value, str | bool):
            setattr(target, ours, value)
        elif value is not None:
            getattr(target, ours).extend(value)
