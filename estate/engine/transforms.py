"""Runs the program's transforms, in this process and without a server."""

import asyncio
from typing import Any

from pulumi.runtime._callbacks import _CallbackServicer
from pulumi.runtime.proto import callback_pb2, resource_pb2
from pulumi.runtime.sync_await import _sync_await

_COPIED = {  # options that a transform may change: its name for them, and the registration's
    "protect": "protect",
    "retain_on_delete": "retainOnDelete",
    "version": "version",
    "provider": "provider",
    "plugin_download_url": "pluginDownloadURL",
    "deleted_with": "deletedWith",
    "import": "importId",
}
_LISTS = {
    "depends_on": "dependencies",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "aliases": "aliases",
    "additional_secret_outputs": "additionalSecretOutputs",
    "replace_with": "replace_with",
}
_MESSAGES = {"custom_timeouts": "customTimeouts", "hooks": "hooks", "replacement_trigger": "replacement_trigger"}
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
    options = Options(
        **{ours: list(getattr(request, theirs)) for ours, theirs in _LISTS.items()},
        providers=dict(request.providers),
    )
    for ours, theirs in _COPIED.items():
        value = getattr(request, theirs)
        if value:
            setattr(options, ours, value)
    for ours, theirs in _MESSAGES.items():
        if request.HasField(theirs):
            getattr(options, ours).CopyFrom(getattr(request, theirs))
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    return options


def _changed(request: Register, answer: resource_pb2.TransformResponse) -> Register:
    changed = Register()
    changed.CopyFrom(request)
    changed.object.CopyFrom(answer.properties)
    for key in [key for key in changed.propertyDependencies if key not in answer.properties.fields]:
        del changed.propertyDependencies[key]
    if not answer.HasField("options"):
        return changed
    options = answer.options
    for ours, theirs in _COPIED.items():
        setattr(changed, theirs, getattr(options, ours))
    for ours, theirs in _LISTS.items():
        changed.ClearField(theirs)
        getattr(changed, theirs).extend(getattr(options, ours))
    for ours, theirs in _MESSAGES.items():
        changed.ClearField(theirs)
        if options.HasField(ours):
            getattr(changed, theirs).CopyFrom(getattr(options, ours))
    changed.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")
    changed.deleteBeforeReplace = options.delete_before_replace
    return changed
