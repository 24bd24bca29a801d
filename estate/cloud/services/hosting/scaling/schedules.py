"""When scheduled actions of Application Auto Scaling run: at(...), rate(...) and cron(...), in a time zone."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from estate.cloud.services.checks import invalid
from estate.cloud.services.events import schedule_expressions
from estate.cloud.services.events.schedule_expressions import Expression


def read(text: str, timezone: str | None) -> Expression:
    """Raises AwsError (ValidationException)."""
    try:
        zone = ZoneInfo(timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        raise invalid(f"Timezone {timezone} is not known") from None
    try:
        return schedule_expressions.read(text, zone, once=True)
    except schedule_expressions.ExpressionError:
        raise invalid(
            f"Schedule {text!r} must be at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(with six fields)"
        ) from None


def due(schedule: Expression, made_s: float, since_s: float, now_s: float) -> bool:
    """Whether it fires after `since_s` and not after `now_s`; a rate counts from when it was made."""
    found = schedule.after(since_s, made_s)
    return found is not None and found <= now_s
