"""Whether an estate is well: what faults must leave behind."""

import json
import time

from botocore.exceptions import ClientError

from contracts.pipelines import File
from estate.rehearsal.context import POLL_S, Rehearsal
from estate.rehearsal.stages.learning import newest
from estate.release.verify import verify

ALARM_PAGE = 100
HISTORY = ("burn-", "measured-")  # alarms on what an error budget lost over hours: they tell of the past, not of now


def alarms_on(rehearsal: Rehearsal) -> set[str]:
    """Names of the estate's alarms, metric and composite, that are in ALARM over what is now."""
    prefix = f"{rehearsal.estate.environment.placement.prefix}-"
    pages = (
        rehearsal.cloud.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(
            StateValue="ALARM",
            AlarmNamePrefix=prefix,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            PaginationConfig={"PageSize": ALARM_PAGE},
        )
    )
    return {
        alarm["AlarmName"]
        for page in pages
        for alarm in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ()))
        if not alarm["AlarmName"].removeprefix(prefix).startswith(HISTORY)
    }


def ailing(rehearsal: Rehearsal, accepted: frozenset[str] = frozenset()) -> list[str]:
    """What is wrong, in words; empty where the estate is well.

    Live endpoints are the requested ones and answer a row each; no alarm is on but the `accepted` ones.
    """
    wrong = [f"{found.model}: {found.difference}" for found in verify(rehearsal.estate) if found.difference]
    released = (name for name, model in rehearsal.estate.settings.models.items() if model.release is not None)
    for model in released:
        if (error := _refused(rehearsal, model)) is not None:
            wrong.append(f"{model}: does not answer: {error}")
    wrong += [f"{name} is in ALARM" for name in sorted(alarms_on(rehearsal) - accepted)]
    return wrong


def wait_until_well(rehearsal: Rehearsal, accepted: frozenset[str], within_s: float) -> list[str]:
    """What is still wrong after `within_s` real seconds; empty as soon as nothing is."""
    deadline = time.monotonic() + within_s
    while (wrong := ailing(rehearsal, accepted)) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    return wrong


def a_row(rehearsal: Rehearsal, model: str) -> bytes:
    """A request of one held-out row."""
    rows = rehearsal.read_table(newest(rehearsal, rehearsal.outputs(model).features_uri, File.HOLDOUT)).head(1)
    names = list(rehearsal.stories[model].workload.features)
    return json.dumps({"instances": json.loads(rows[names].to_json(orient="records"))}).encode()


def _refused(rehearsal: Rehearsal, model: str) -> str | None:
    """The error that the endpoint answers, if it does."""
    try:
        rehearsal.cloud.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=rehearsal.outputs(model).endpoint, ContentType="application/json", Body=a_row(rehearsal, model)
        )
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return None
