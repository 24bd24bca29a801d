"""What EventBridge Scheduler refuses of a schedule when it is put."""

import json
import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from estate.cloud.services import checks
from estate.cloud.services.account import Account
from estate.cloud.services.events import schedule_expressions
from estate.cloud.services.events.destinations import Destinations, service_of, universal
from estate.cloud.services.events.schedule_expressions import Expression, ExpressionError
from estate.cloud.services.shapes import violations
from estate.cloud.services.wire import AwsError, Params

PRINCIPAL = "scheduler.amazonaws.com"
SPECIAL = {  # members of a target that belong to one kind of target only
    "SageMakerPipelineParameters": "sagemaker",
    "EventBridgeParameters": "events",
    "KinesisParameters": "kinesis",
    "SqsParameters": "sqs",
    "EcsParameters": "ecs",
}
NEEDED = {"events": "EventBridgeParameters", "kinesis": "KinesisParameters"}


def invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        raise invalid(f"Invalid Schedule Expression Timezone {name}.") from None


def expression(text: str, zone_name: str | None) -> Expression:
    found = zone(zone_name)
    try:
        return schedule_expressions.read(text, found, once=True)
    except ExpressionError:
        raise invalid(f"Invalid Schedule Expression {text}.") from None


def schedule(account: Account, destinations: Destinations, operation: str, params: Params) -> None:
    """Of CreateSchedule and UpdateSchedule. Raises AwsError."""
    faults = violations("scheduler", operation, params)
    if faults:
        noun = "error" if len(faults) == 1 else "errors"
        raise invalid(f"{len(faults)} validation {noun} detected: {'; '.join(faults)}")
    expression(params["ScheduleExpression"], params.get("ScheduleExpressionTimezone"))
    window = params["FlexibleTimeWindow"]
    if (window["Mode"] == "FLEXIBLE") != (window.get("MaximumWindowInMinutes") is not None):
        raise invalid("MaximumWindowInMinutes must be given with a FlexibleTimeWindow of Mode FLEXIBLE, and only then.")
    start, end = params.get("StartDate"), params.get("EndDate")
    if end is not None and end <= time.time():
        raise invalid("The EndDate you specify must come after the current time.")
    if start is not None and end is not None and end <= start:
        raise invalid("The EndDate must come after the StartDate.")
    _target(account, destinations, params["Target"])


def _target(account: Account, destinations: Destinations, target: Params) -> None:
    arn = target["Arn"]
    kind = service_of(arn)
    if not destinations.supports(arn) or kind == "logs":
        raise invalid(f"Provided Arn is not in correct format, or its service is no target: {arn}")
    if kind == "scheduler":
        universal(arn)
        try:
            request = json.loads(target.get("Input") or "{}")
        except ValueError:
            request = None
        if not isinstance(request, dict):
            raise invalid("The Input of a universal target must be a JSON object.")
    for member, belongs in SPECIAL.items():
        if target.get(member) is not None and belongs != kind:
            raise invalid(f"{member} cannot be used with the target {arn}.")
    if kind in NEEDED and target.get(NEEDED[kind]) is None:
        raise invalid(f"{NEEDED[kind]} is required for the target {arn}.")
    if kind == "sqs" and arn.endswith(".fifo") and not (target.get("SqsParameters") or {}).get("MessageGroupId"):
        raise invalid("MessageGroupId is required for a FIFO queue.")
    try:
        checks.role(account, target["RoleArn"], PRINCIPAL)
    except AwsError:
        raise invalid(
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
        ) from None
