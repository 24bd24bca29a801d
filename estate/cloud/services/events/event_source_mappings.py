"""Lambda's event source mappings: a function gets what comes into a queue or a stream. moto keeps the mappings."""

import json
from typing import Any

from moto.awslambda.models import LambdaBackend

from estate.cloud.services.account import Account
from estate.cloud.services.clock import Clock
from estate.cloud.services.events import pipe_checks
from estate.cloud.services.events.destinations import dead_letter, service_of
from estate.cloud.services.events.pipe_checks import SOURCES
from estate.cloud.services.events.pollers import Poller
from estate.cloud.services.events.sources import Failed, Settings
from estate.cloud.services.functions.functions import Functions
from estate.cloud.services.wire import AwsError, Params, PassOn, RestAnswer, RestCall, Table

ROOT = r"/2015-03-31/event-source-mappings"


class EventSourceMappings:
    def __init__(self, account: Account, functions: Functions, clock: Clock) -> None:
        self._account = account
        self._functions = functions
        self._clock = clock
        self._running: dict[str, Poller] = {}

    def register(self, table: Table) -> None:
        table.route("lambda", "POST", ROOT + r"/?", self.create)
        backend: LambdaBackend = self._account.backend("lambda")
        create, update, delete = (
            backend.create_event_source_mapping,
            backend.update_event_source_mapping,
            backend.delete_event_source_mapping,
        )

        def created(spec: dict[str, Any]) -> Any:
            mapping = create(spec)
            self._without_moto(mapping)
            self._turn(mapping)
            return mapping

        def updated(uuid: str, spec: dict[str, Any]) -> Any:
            mapping = update(uuid, spec)
            if mapping is not None:
                self._turn(mapping)
            return mapping

        def deleted(uuid: str) -> Any:
            self._halt(uuid)
            return delete(uuid)

        backend.create_event_source_mapping = created
        backend.update_event_source_mapping = updated
        backend.delete_event_source_mapping = deleted

    def create(self, call: RestCall) -> RestAnswer:
        """CreateEventSourceMapping: refuses what Lambda refuses, and lets moto make it."""
        params = call.json()
        arn = params.get("EventSourceArn") or ""
        kind = service_of(arn)
        if kind not in SOURCES:
            raise _invalid(f"not emulated: an event source mapping of {arn or 'a source without EventSourceArn'}")
        self._functions.find(params["FunctionName"])
        if (kind == "sqs") == bool(params.get("StartingPosition")):
            raise _invalid(
                "StartingPosition is not valid for SQS event sources."
                if kind == "sqs"
                else "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
                "Member must not be null."
            )
        try:
            _settings(kind, params)
        except AwsError as error:
            raise _invalid(error.message) from None
        for mapping in self._account.backend("lambda").list_event_source_mappings(arn, None):
            if mapping.function_arn.split(":function:")[-1].split(":")[0] == _name(params["FunctionName"]):
                raise AwsError(
                    "ResourceConflictException",
                    f"An event source mapping with {kind.upper()} arn (\" {arn} \") and function (\" "
                    f"{params['FunctionName']} \") already exists. Please update or delete the existing mapping with "
                    f"UUID {mapping.uuid}",
                    409,
                )  # fmt: skip
        raise PassOn

    def _without_moto(self, mapping: Any) -> None:
        """moto would run the function in Docker as soon as a message comes."""
        name = mapping.event_source_arn.split(":", 5)[5]
        sources = {
            "sqs": lambda: [self._account.backend("sqs").queues.get(name)],
            "kinesis": lambda: [self._account.backend("kinesis").streams.get(name.removeprefix("stream/"))],
            "dynamodb": lambda: [self._account.backend("dynamodb").tables.get(name.split("/")[1])],
        }[service_of(mapping.event_source_arn)]()
        for source in sources:
            if source is not None:
                source.lambda_event_source_mappings.clear()

    def _halt(self, uuid: str) -> None:
        poller = self._running.pop(uuid, None)
        if poller is not None:
            poller.stop()

    def _turn(self, mapping: Any) -> None:
        self._halt(mapping.uuid)
        if not mapping.enabled:
            return
        arn = mapping.event_source_arn
        params = {
            "BatchSize": mapping.batch_size,
            "MaximumBatchingWindowInSeconds": mapping.max_batch_window,
            "StartingPosition": mapping.starting_position,
            "MaximumRetryAttempts": mapping.max_retry_attempts,
            "MaximumRecordAgeInSeconds": mapping.max_record_age,
            "FilterCriteria": mapping.filter_criteria,
            "BisectBatchOnFunctionError": mapping.bisect_on_error,
        }
        self._running[mapping.uuid] = Poller(
            self._account,
            arn,
            _settings(service_of(arn), params),
            lambda records, keys: self._handle(mapping, records, keys),
            lambda records, why, tried: self._give_up(mapping, records, why, tried),
            self._clock.speed,
            flat=False,
        )

    def _handle(self, mapping: Any, records: list[Params], keys: list[str]) -> list[str]:
        try:
            answer = self._functions.run(
                self._functions.find(mapping.function_arn), json.dumps({"Records": records}).encode()
            )
        except AwsError as error:
            raise Failed(error.message) from None
        if answer.error:
            raise Failed(answer.payload.decode("utf-8", "replace"))
        if "ReportBatchItemFailures" not in (mapping.function_response_types or ()):
            return []
        found = json.loads(answer.payload or b"null")
        listed = found.get("batchItemFailures") if isinstance(found, dict) else None
        if not listed:
            return []
        named = [item.get("itemIdentifier") for item in listed]
        return named if all(name in keys for name in named) else list(keys)

    def _give_up(self, mapping: Any, records: list[Params], why: str, tried: int) -> None:
        destination = ((mapping.destination_config or {}).get("OnFailure") or {}).get("Destination")
        told = {
            "requestContext": {
                "functionArn": mapping.function_arn,
                "condition": why,
                "approximateInvokeCount": tried,
            },
            "version": "1.0",
            "BatchInfo": {"batchSize": len(records), "streamArn": mapping.event_source_arn},
        }
        dead_letter(self._account, destination, json.dumps(told), {})


def _settings(kind: str, params: Params) -> Settings:
    window_s = params.get("MaximumBatchingWindowInSeconds") or 0
    bisect = bool(params.get("BisectBatchOnFunctionError"))
    return pipe_checks.reading(kind, params, window_s, params.get("FilterCriteria"), bisect=bisect)


def _name(function: str) -> str:
    return function.split(":function:")[-1].split(":")[0]


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
