"""What the report tells of an estate beside its stages' evidence, read before the estate goes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from estate.rehearsal.context import Rehearsal
from estate.rehearsal.stage import Evidence
from estate.release.account import ReleaseError
from pipelines.errors import JobError
from stacks.settings import Layer


def tell(rehearsal: Rehearsal) -> None:
    """Notes alarms, incidents and error budgets; what cannot be read any more is noted as missing, with the reason."""
    sources: dict[str, Callable[[Rehearsal], Any]] = {"alarms": _alarms, "incidents": _incidents, "budgets": _budgets}
    for name, read in sources.items():
        try:
            rehearsal.notes[name] = read(rehearsal)
        except (BotoCoreError, ClientError, ReleaseError, JobError) as error:
            rehearsal.notes.setdefault("missing", {})[name] = str(error)
    rehearsal.notes["told_at"] = datetime.now(UTC).isoformat()


def _alarms(rehearsal: Rehearsal) -> list[Evidence]:
    """Every change of state of the estate's alarms."""
    prefix = f"{rehearsal.estate.environment.placement.prefix}-"
    pages = (
        rehearsal.cloud.client("cloudwatch")
        .get_paginator("describe_alarm_history")
        .paginate(HistoryItemType="StateUpdate", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    )
    return [
        {
            "alarm": item["AlarmName"].removeprefix(prefix),
            "at": item["Timestamp"].isoformat(),
            "state": item["HistorySummary"].rpartition(" to ")[2],
        }
        for page in pages
        for item in page["AlarmHistoryItems"]
        if item["AlarmName"].startswith(prefix)
    ]


def _incidents(rehearsal: Rehearsal) -> list[Evidence]:
    if Layer.OPERATIONS not in rehearsal.settings.layers:
        return []
    from estate.release.incidents import list_incidents

    return [incident.model_dump(mode="json") for incident in list_incidents(rehearsal.estate)]


def _budgets(rehearsal: Rehearsal) -> list[Evidence]:
    from estate.release.budget import error_budget

    estate = rehearsal.estate
    served = [model for model, wanted in estate.settings.models.items() if wanted.release is not None]
    return [
        {
            "model": budget.model,
            "name": budget.name,
            "objective": budget.slo.objective,
            "window_days": budget.slo.window_days,
            "requests": budget.count.total,
            "bad": budget.count.bad,
            "allowed": budget.allowed,
        }
        for model in served
        for budget in error_budget(estate, model)
    ]
