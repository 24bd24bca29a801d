"""EventBridge Pipes: source, filter, enrichment, target. moto keeps the pipes; here they run."""

import json
import re
from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.clock import Clock
from estate.cloud.services.events import pipe_checks
from estate.cloud.services.events.destinations import DeliveryFailed, Destinations, dead_letter, service_of
from estate.cloud.services.events.pollers import Poller
from estate.cloud.services.events.sources import Failed, Settings, opened
from estate.cloud.services.events.transform import at, fill
from estate.cloud.services.wire import AwsError, Params, RestAnswer, RestCall, Table

PLACE = re.compile(r"<([^<>]+)>")
TOGETHER = ("lambda", "states")  # targets that take a batch as one


class Pipes:
    def __init__(self, account: Account, destinations: Destinations, clock: Clock) -> None:
        self._account = account
        self._destinations = destinations
        self._clock = clock
        self._running: dict[str, Poller] = {}

    def register(self, table: Table) -> None:
        table.route("pipes", "POST", r"/v1/pipes/(?P<name>[^/]+)", self.create_pipe)
        table.route("pipes", "PUT", r"/v1/pipes/(?P<name>[^/]+)", self.update_pipe)
        table.route("pipes", "DELETE", r"/v1/pipes/(?P<name>[^/]+)", self.delete_pipe)
        table.route("pipes", "POST", r"/v1/pipes/(?P<name>[^/]+)/start", self.start_pipe)
        table.route("pipes", "POST", r"/v1/pipes/(?P<name>[^/]+)/stop", self.stop_pipe)

    def create_pipe(self, call: RestCall) -> RestAnswer:
        params: Params = {**call.json(), "Name": call.path["name"]}
        pipe_checks.shape("CreatePipe", params)
        pipe_checks.pipe(self._account, self._destinations, params)
        if params["Name"] in self._pipes:
            raise AwsError("ConflictException", f"Pipe {params['Name']} already exists.", 409)
        wanted = params.get("DesiredState", "RUNNING")
        pipe = self._account.backend("pipes").create_pipe(
            name=params["Name"], description=params.get("Description"), desired_state=wanted,
            source=params["Source"], source_parameters=params.get("SourceParameters"),
            enrichment=params.get("Enrichment"), enrichment_parameters=params.get("EnrichmentParameters"),
            target=params["Target"], target_parameters=params.get("TargetParameters"), role_arn=params["RoleArn"],
            tags=params.get("Tags"), log_configuration=params.get("LogConfiguration"),
            kms_key_identifier=params.get("KmsKeyIdentifier"),
        )  # fmt: skip
        pipe._transitions = []  # moto's pipes start by themselves
        self._turn(pipe, wanted)
        return _answer(pipe, "CREATING")

    def update_pipe(self, call: RestCall) -> RestAnswer:
        """What is left out stays; a pipe's source cannot change."""
        params: Params = {**call.json(), "Name": call.path["name"]}
        pipe_checks.shape("UpdatePipe", params)
        pipe = self._pipe(params["Name"])
        merged: Params = {"Source": pipe.source, "Target": pipe.target, "Enrichment": pipe.enrichment, **params}
        merged["SourceParameters"] = _source_parameters(pipe.source_parameters or {}, params.get("SourceParameters"))
        pipe_checks.pipe(self._account, self._destinations, merged)
        self._account.backend("pipes").update_pipe(
            name=params["Name"], role_arn=params["RoleArn"], description=params.get("Description"),
            desired_state=params.get("DesiredState"), source_parameters=merged["SourceParameters"],
            enrichment=params.get("Enrichment"), enrichment_parameters=params.get("EnrichmentParameters"),
            target=params.get("Target"), target_parameters=params.get("TargetParameters"),
            log_configuration=params.get("LogConfiguration"), kms_key_identifier=params.get("KmsKeyIdentifier"),
        )  # fmt: skip
        self._turn(pipe, pipe.desired_state)
        return _answer(pipe, "UPDATING")

    def delete_pipe(self, call: RestCall) -> RestAnswer:
        pipe = self._pipe(call.path["name"])
        self._halt(pipe.name)
        self._account.backend("pipes").delete_pipe(pipe.name)
        return _answer(pipe, "DELETING")

    def start_pipe(self, call: RestCall) -> RestAnswer:
        pipe = self._pipe(call.path["name"])
        if pipe.status != "STOPPED":
            raise AwsError("ConflictException", f"Pipe {pipe.name} is {pipe.status}, not STOPPED.", 409)
        pipe.desired_state = "RUNNING"
        self._turn(pipe, "RUNNING")
        return _answer(pipe, "STARTING")

    def stop_pipe(self, call: RestCall) -> RestAnswer:
        pipe = self._pipe(call.path["name"])
        if pipe.status != "RUNNING":
            raise AwsError("ConflictException", f"Pipe {pipe.name} is {pipe.status}, not RUNNING.", 409)
        pipe.desired_state = "STOPPED"
        self._turn(pipe, "STOPPED")
        return _answer(pipe, "STOPPING")

    @property
    def _pipes(self) -> dict[str, Any]:
        return self._account.backend("pipes").pipes

    def _pipe(self, name: str) -> Any:
        found = self._pipes.get(name)
        if found is None:
            raise AwsError("NotFoundException", f"Pipe {name} does not exist.", 404)
        return found

    def _halt(self, name: str) -> None:
        poller = self._running.pop(name, None)
        if poller is not None:
            poller.stop()

    def _turn(self, pipe: Any, state: str) -> None:
        self._halt(pipe.name)
        if state == "RUNNING":
            params = {"Source": pipe.source, "SourceParameters": pipe.source_parameters}
            settings: Settings = pipe_checks.settings(params)
            self._running[pipe.name] = Poller(
                self._account, pipe.source, settings, lambda records, keys: self._handle(pipe, records, keys),
                lambda records, why, tried: self._give_up(pipe, records, why, tried), self._clock.speed, flat=True,
            )  # fmt: skip
        pipe.status = state

    def _handle(self, pipe: Any, records: list[Params], keys: list[str]) -> list[str]:
        """One batch through the pipe. Raises Failed."""
        events: list[Any] = list(records)
        if pipe.enrichment:
            template = (pipe.enrichment_parameters or {}).get("InputTemplate")
            events = self._enriched(pipe, [_shaped(template, event, pipe) for event in events])
        target = pipe.target_parameters or {}
        shaped = [_shaped(target.get("InputTemplate"), event, pipe) for event in events]
        if not shaped:
            return []
        if service_of(pipe.target) == "lambda":
            kind = (target.get("LambdaFunctionParameters") or {}).get("InvocationType", "REQUEST_RESPONSE")
            if kind == "REQUEST_RESPONSE":
                return _failures(self._invoked(pipe.target, shaped), keys)
        try:
            for text in [json.dumps(shaped)] if service_of(pipe.target) in TOGETHER else map(_text, shaped):
                self._destinations.send(pipe.target, text, _parameters(pipe, target, text))
        except DeliveryFailed as failure:
            raise Failed(str(failure)) from None
        return []

    def _enriched(self, pipe: Any, events: list[Any]) -> list[Any]:
        found = self._invoked(pipe.enrichment, events)
        if found in (None, ""):
            return []
        return found if isinstance(found, list) else [found]

    def _invoked(self, arn: str, events: list[Any]) -> Any:
        functions = self._destinations.functions
        try:
            answer = functions.run(functions.find(arn), json.dumps(events).encode())
        except AwsError as error:
            raise Failed(error.message) from None
        if answer.error:
            raise Failed(answer.payload.decode("utf-8", "replace"))
        return json.loads(answer.payload or b"null")

    def _give_up(self, pipe: Any, records: list[Params], why: str, tried: int) -> None:
        own = (pipe.source_parameters or {}).get(pipe_checks.SOURCES[service_of(pipe.source)]) or {}
        told = {
            "context": {"partnerResourceArn": pipe.arn, "condition": why, "approximateInvokeCount": tried},
            "version": "1.0",
            "batchInfo": {"batchSize": len(records), "streamArn": pipe.source},
        }
        dead_letter(self._account, (own.get("DeadLetterConfig") or {}).get("Arn"), json.dumps(told), {})


def _source_parameters(before: Params, given: Params | None) -> Params:
    """Where a stream is read from is fixed when the pipe is made, so an update does not name it."""
    if given is None:
        return before
    own = {key: value for key, value in before.items() if key in pipe_checks.SOURCES.values()}
    return {**given, **{key: {**value, **(given.get(key) or {})} for key, value in own.items()}}


def _failures(answer: Any, keys: list[str]) -> list[str]:
    """What a function says that it could not handle; something that is not in the batch means all of it."""
    listed = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not listed:
        return []
    named = [item.get("itemIdentifier") for item in listed]
    return named if all(name in keys for name in named) else list(keys)


def _shaped(template: str | None, event: Any, pipe: Any) -> Any:
    """What a template makes of an event: JSON where it is JSON, else text."""
    if not template:
        return event
    words = {"aws.pipes.pipe-name": pipe.name, "aws.pipes.pipe-arn": pipe.arn, "aws.pipes.source-arn": pipe.source,
             "aws.pipes.target-arn": pipe.target, "aws.pipes.event": event, "aws.pipes.event.json": event}  # fmt: skip
    view = opened(event) if isinstance(event, dict) else event
    values = {name: at(view, name) if name.startswith("$") else words.get(name) for name in PLACE.findall(template)}
    text = fill(template, values)
    try:
        return json.loads(text)
    except ValueError:
        return text


def _text(event: Any) -> str:
    return event if isinstance(event, str) else json.dumps(event)


def _parameters(pipe: Any, target: Params, text: str) -> Params:
    """The target's own parameters, with what begins with `$.` looked up in the event."""
    event = json.loads(text) if text[:1] in "{[" else {}

    def dynamic(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: dynamic(item) for key, item in value.items()}
        if isinstance(value, list):
            return [dynamic(item) for item in value]
        if not isinstance(value, str) or not value.startswith("$."):
            return value
        found = at(event, value)
        return found if isinstance(found, str) else json.dumps(found)

    found = {key: dynamic(value) for key, value in target.items() if key != "InputTemplate"}
    if service_of(pipe.target) == "events":
        own = found.get("EventBridgeEventBusParameters") or {}
        default = {"Source": f"Pipe {pipe.name}", "DetailType": f"Event from aws:{service_of(pipe.source)}"}
        found["EventBridgeEventBusParameters"] = default | own
    return found


def _answer(pipe: Any, state: str) -> RestAnswer:
    return RestAnswer(
        {
            "Arn": pipe.arn,
            "Name": pipe.name,
            "DesiredState": pipe.desired_state,
            "CurrentState": state,
            "CreationTime": pipe.creation_time.timestamp(),
            "LastModifiedTime": pipe.last_modified_time.timestamp(),
        }
    )
