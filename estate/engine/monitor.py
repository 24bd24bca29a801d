"""The SDK's other end: takes its requests, runs transforms, and answers with what was decided."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from google.protobuf.message import Message
from pulumi.runtime.mocks import MockCallArgs, MockEngine, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import callback_pb2, engine_pb2, resource_pb2

from estate.engine import requests, urns
from estate.engine.outcome import Decider, Outcome
from estate.engine.resource import Goal, Values
from estate.engine.result import ProgramError
from estate.engine.transforms import Transforms
from estate.engine.values import has_secret, read_struct, unwrap, write_struct

Empty = empty_pb2.Empty  # ty: ignore[missing-attribute]
STACK_REFERENCE = "pulumi:pulumi:StackReference"
References = Mapping[str, Values]  # outputs by `organization/project/stack`


class _NoMocks(Mocks):
    """The monitor below answers itself."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise NotImplementedError(args.typ)

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], None]:
        raise NotImplementedError(args.token)


class Messages(MockEngine):
    """Where the program's log goes; one logged error makes the run fail, as it does in Pulumi."""

    def __init__(self) -> None:
        super().__init__(logging.getLogger("estate.engine"))
        self.errors: list[str] = []

    def Log(self, request: engine_pb2.LogRequest) -> None:
        if request.severity == engine_pb2.ERROR:
            self.errors.append(request.message)
        super().Log(request)


class Monitor(MockMonitor):
    """Sees whole requests. After a first failure, it refuses all others: what has begun ends, nothing new begins."""

    def __init__(self, decider: Decider, stack: str, project: str, folder: Path, references: References) -> None:
        super().__init__(_NoMocks())
        self._decider = decider
        self._stack = stack
        self._project = project
        self._folder = folder
        self._references = references
        self._aliases: dict[str, tuple[str, ...]] = {}
        self._seen: set[str] = set()
        self.transforms = Transforms()
        self.goals: list[Goal] = []
        self.outputs: Values = {}
        self.failure: ProgramError | None = None

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        return urns.make(self._stack, self._project, parent, type_, name)

    def _fail(self, error: ProgramError) -> ProgramError:
        self.failure = self.failure or error
        return error

    def _guard(self) -> None:
        if self.failure is not None:
            raise self.failure

    def logged(self, errors: Sequence[str]) -> None:
        """Errors that the program logged; it went on, but Pulumi calls that a failed run."""
        if errors:
            self._fail(ProgramError("\n".join(errors)))

    # --- resources

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:
        self._guard()
        urn = self._new_urn(request.parent, request.type, request.name)
        if request.type == urns.STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        request = self.transforms.applied(request, urn)
        try:
            goal = requests.registered(request, urn, self._folder, self._aliases)
            self._aliases[urn] = tuple(goal.aliases)
            self.goals.append(goal)
            outcome = self._decider.register(goal)
        except ProgramError as error:
            raise self._fail(error) from None
        return resource_pb2.RegisterResourceResponse(
            urn=urn,
            id=outcome.id,
            object=write_struct(outcome.outputs),
            unknown=goal.custom,  # what the provider did not give is unknown, never None
        )

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:
        self._guard()
        urn = self._new_urn(request.parent, request.type, request.name)
        try:
            if request.type == STACK_REFERENCE:
                outcome = self._reference(request.id)
            else:
                outcome = self._read(requests.read(request, urn, self._folder))
        except ProgramError as error:
            raise self._fail(error) from None
        properties = write_struct(outcome.outputs)
        return resource_pb2.ReadResourceResponse(urn=urn, id=outcome.id, properties=properties, unknown=True)

    def _read(self, goal: Goal) -> Outcome:
        self.goals.append(goal)
        return self._decider.read(goal)

    def _new_urn(self, parent: str, type: str, name: str) -> str:
        urn = self.make_urn(parent, type, name)
        if urn in self._seen:
            raise self._fail(ProgramError(f"{urn} is registered twice: two resources of one type need two names"))
        self._seen.add(urn)
        return urn

    def _reference(self, name: str) -> Outcome:
        if name not in self._references:
            known = ", ".join(sorted(self._references)) or "none"
            raise ProgramError(f"stack reference {name}: its outputs are not known; known are: {known}")
        outputs = self._references[name]
        secret = [key for key in sorted(outputs) if has_secret(outputs[key])]
        return Outcome(name, {"name": name, "outputs": {**outputs}, "secretOutputNames": secret})

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Message:
        self._guard()
        outputs = read_struct(request.outputs, self._folder)
        if urns.type_of(request.urn) == urns.STACK_TYPE:
            self.outputs = outputs
        else:
            self._decider.component_outputs(request.urn, outputs)
        return Empty()

    # --- functions

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:
        self._guard()
        args = unwrap(read_struct(request.args, self._folder))
        try:
            answer = self._resource(args["urn"]) if request.tok == "pulumi:pulumi:getResource" else None
            if answer is None:
                answer = self._decider.invoke(request.tok, args)
        except ProgramError as error:
            raise self._fail(error) from None
        if answer is None:
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(write_struct(answer))  # a keyword of Python
        return response

    def _resource(self, urn: str) -> Values:
        outcome = self._decider.known(urn)
        if outcome is None:
            raise ProgramError(f"{urn}: no such resource so far")
        return {"urn": urn, "id": outcome.id, "state": dict(outcome.outputs)}

    def Call(self, request: resource_pb2.ResourceCallRequest) -> resource_pb2.ResourceInvokeResponse:
        raise self._fail(ProgramError(f"{request.tok}: methods of resources cannot be called offline"))

    def ExistsResource(self, request: resource_pb2.ExistsResourceRequest) -> Message:
        raise self._fail(ProgramError(f"{request.type} {request.id}: whether it exists cannot be asked offline"))

    # --- the rest

    def RegisterStackTransform(self, request: callback_pb2.Callback) -> Message:
        self.transforms.add_to_stack(request.token)
        return Empty()

    def RegisterStackInvokeTransform(self, request: callback_pb2.Callback) -> Message:
        raise self._fail(ProgramError("transforms of data sources cannot be run offline"))

    def RegisterResourceHook(self, request: resource_pb2.RegisterResourceHookRequest) -> Message:
        raise self._fail(ProgramError(f"hook {request.name}: resource hooks cannot be run offline"))

    def RegisterErrorHook(self, request: resource_pb2.RegisterErrorHookRequest) -> Message:
        raise self._fail(ProgramError(f"hook {request.name}: resource hooks cannot be run offline"))

    def RegisterPackage(self, request: resource_pb2.RegisterPackageRequest) -> resource_pb2.RegisterPackageResponse:
        raise self._fail(ProgramError(f"package {request.name}: parameterized packages cannot be run offline"))

    def GetDeploymentInfo(self, request: Message) -> resource_pb2.DeploymentInfo:
        info = super().GetDeploymentInfo(request)
        # Announced so that the refusal is ours: the SDK's own would ask for a newer command.
        info.supportedFeatures.append(resource_pb2.RESOURCE_MONITOR_FEATURE_STATE_MIGRATIONS)
        return info
