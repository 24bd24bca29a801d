"""What EventBridge Pipes refuses of a pipe when it is put."""

from collections.abc import Callable
from typing import Any

from estate.cloud.services import checks
from estate.cloud.services.account import Account
from estate.cloud.services.events import event_patterns
from estate.cloud.services.events.destinations import Destinations, service_of
from estate.cloud.services.events.event_patterns import PatternError
from estate.cloud.services.events.sources import Settings
from estate.cloud.services.shapes import violations
from estate.cloud.services.wire import AwsError, Params

PRINCIPAL = "pipes.amazonaws.com"
SOURCES = {
    "sqs": "SqsQueueParameters",
    "kinesis": "KinesisStreamParameters",
    "dynamodb": "DynamoDBStreamParameters",
}
TARGETS = ("lambda", "sqs", "sns", "states", "events", "sagemaker", "kinesis", "logs")
LONGEST_PATTERN = 4096
DEFAULT_BATCH = {"sqs": 10, "kinesis": 100, "dynamodb": 100}
MOST = 10_000


def invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def shape(operation: str, params: Params) -> None:
    faults = violations("pipes", operation, params)
    if faults:
        noun = "error" if len(faults) == 1 else "errors"
        raise invalid(f"{len(faults)} validation {noun} detected: {'; '.join(faults)}")


def pipe(account: Account, destinations: Destinations, params: Params) -> None:
    """A pipe as it would be. Raises AwsError (ValidationException)."""
    source, target, enrichment = params["Source"], params["Target"], params.get("Enrichment")
    kind = service_of(source)
    if kind not in SOURCES:
        raise invalid(f"not emulated: a pipe whose source is {source}")
    if service_of(target) not in TARGETS:
        raise invalid(f"not emulated: a pipe whose target is {target}")
    if enrichment and service_of(enrichment) != "lambda":
        raise invalid(f"not emulated: enrichment by {enrichment}")
    _exists(account, kind, source)
    for arn in (target, *([enrichment] if enrichment else ())):
        missing = destinations.missing(arn)
        if missing is not None:
            raise invalid(f"Target or enrichment is invalid: {missing}")
    given = params.get("SourceParameters") or {}
    for other, member in SOURCES.items():
        if given.get(member) is not None and other != kind:
            raise invalid(f"SourceParameters.{member} cannot be used with the source {source}")
    if kind != "sqs" and not (given.get(SOURCES[kind]) or {}).get("StartingPosition"):
        raise invalid(f"SourceParameters.{SOURCES[kind]}.StartingPosition is required")
    settings(params)
    try:
        checks.role(account, params["RoleArn"], PRINCIPAL)
    except AwsError:
        raise invalid(f"Role {params['RoleArn']} must exist and trust {PRINCIPAL}") from None


def settings(params: Params) -> Settings:
    """How a pipe's source is to be read. Raises AwsError where a filter is wrong."""
    kind = service_of(params["Source"])
    given = params.get("SourceParameters") or {}
    own = given.get(SOURCES[kind]) or {}
    return reading(
        kind,
        own,
        own.get("MaximumBatchingWindowInSeconds") or 0,
        given.get("FilterCriteria"),
        bisect=own.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT",
    )


def reading(kind: str, own: Params, window_s: float, criteria: Params | None, *, bisect: bool) -> Settings:
    """`own` names its members as pipes and event source mappings both do. Raises AwsError."""
    try:
        patterns = [
            event_patterns.read(item["Pattern"], LONGEST_PATTERN)
            for item in (criteria or {}).get("Filters") or ()
            if item.get("Pattern")
        ]
    except PatternError as error:
        raise invalid(f"Filter pattern is not valid. Reason: {error}") from None
    batch = own.get("BatchSize") or DEFAULT_BATCH[kind]
    if batch > MOST:
        raise invalid(f"BatchSize must be at most {MOST}")
    if kind == "sqs" and batch > 10 and not window_s:
        raise invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
    return Settings(
        batch,
        float(window_s),
        own.get("StartingPosition") or "LATEST",
        own.get("StartingPositionTimestamp"),
        _limit(own.get("MaximumRetryAttempts")),
        _limit(own.get("MaximumRecordAgeInSeconds")),
        patterns,
        bisect,
    )


def _limit(value: int | None) -> int:
    return -1 if value is None else value


def _exists(account: Account, kind: str, arn: str) -> None:
    resource: Any = arn.split(":", 5)[5]
    there: dict[str, Callable[[], bool]] = {
        "sqs": lambda: resource in account.backend("sqs").queues,
        "kinesis": lambda: resource.removeprefix("stream/") in account.backend("kinesis").streams,
        "dynamodb": lambda: resource.split("/")[1] in account.backend("dynamodb").tables,
    }
    if not there[kind]():
        raise invalid(f"Source is invalid: {arn} does not exist")
