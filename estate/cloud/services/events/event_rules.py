"""What EventBridge refuses of a rule and of its targets when they are put, and moto takes."""

from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventsBackend

from estate.cloud.services.events import event_patterns, schedule_expressions
from estate.cloud.services.events.event_patterns import Pattern, PatternError
from estate.cloud.services.events.schedule_expressions import ExpressionError
from estate.cloud.services.limits.guards import Given, Guard
from estate.cloud.services.wire import AwsError

MOST_TARGETS = 5
NEEDS_ROLE = ("sagemaker", "states", "kinesis")


def pattern(text: str) -> Pattern:
    """Raises AwsError (InvalidEventPatternException)."""
    try:
        return event_patterns.read(text)
    except PatternError as error:
        raise AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}") from None


def _rule(events: EventsBackend, given: Given) -> None:
    text, expression = given.get("event_pattern"), given.get("scheduled_expression")
    if text:
        try:
            event_patterns.read(text)
        except PatternError as error:
            raise InvalidEventPatternException(str(error)) from None
    if expression:
        try:
            schedule_expressions.read(expression)
        except ExpressionError:
            raise ValidationException("Parameter ScheduleExpression is not valid.") from None


def _targets(events: EventsBackend, given: Given) -> None:
    found = events.event_buses.get((given.get("event_bus_arn") or "default").rpartition("/")[2])
    rule = found.rules.get(given["name"]) if found is not None else None
    before = {target["Id"] for target in rule.targets} if rule is not None else set()
    if len(before | {target["Id"] for target in given["targets"]}) > MOST_TARGETS:
        raise ValidationException(f"The requested resource exceeds the maximum number allowed: {MOST_TARGETS} targets")
    for target in given["targets"]:
        arn = target["Arn"]
        if arn.count(":") < 5 or not arn.startswith("arn:"):
            raise ValidationException(f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")
        if arn.split(":")[2] in NEEDS_ROLE and not target.get("RoleArn"):
            raise ValidationException(f"RoleArn is required for target {arn}.")
        if sum(bool(target.get(name)) for name in ("Input", "InputPath", "InputTransformer")) > 1:
            raise ValidationException(
                f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
            )


GUARDS: tuple[tuple[type, str, Guard], ...] = (
    (EventsBackend, "put_rule", _rule),
    (EventsBackend, "put_targets", _targets),
)
