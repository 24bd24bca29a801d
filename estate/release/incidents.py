"""Incidents of an environment, and the switch of self-healing, for commands and reports."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from pydantic import ValidationError

from components.incidents.healing_switch import SWITCH
from contracts.incidents import Incident, IncidentStatus
from estate.release.account import Estate, ReleaseError
from estate.release.records import Records, item
from pipelines.handlers.operations.incidents import record_of

ATTEMPTS = 5


def list_incidents(estate: Estate) -> list[Incident]:
    """All incidents, the oldest first. Raises ReleaseError where one is not as contracts/incidents.py has it."""
    return sorted((_read(body) for body in Records(estate).bodies("incident")), key=lambda each: each.opened_at)


def show_incident(estate: Estate, id: str) -> Incident:
    """One incident. Raises ReleaseError for an unknown one."""
    body, _ = _find(estate, id)
    return _read(body)


def close_incident(estate: Estate, id: str, summary: str) -> Incident:
    """Closes an incident by hand. An alarm that goes off again within its window opens it again.

    Raises ReleaseError for one that is unknown or closed, and for an empty summary.
    """
    if not summary.strip():
        raise ReleaseError("--summary: say what it was and what ended it")
    records = Records(estate)
    for _ in range(ATTEMPTS):
        body, version = _find(estate, id)
        if _read(body).status is IncidentStatus.CLOSED:
            raise ReleaseError(f"incident {id} is closed already")
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        body = {**body, "closed": {"at": at, "summary": summary.strip()}}
        body["record"] = record_of(id, body, estate.settings.environment, {})
        index = records.get("state", "index")
        puts = [_replace("incident", id, body, version)]
        if index is not None:
            puts.append(_replace("state", "index", _closed(json.loads(index["body"]["S"]), id), _version(index)))
        if records.write(*puts):
            return _read(body)
    raise ReleaseError(f"incident {id} changes all the time; try again")


def _closed(index: dict[str, Any], id: str) -> dict[str, Any]:
    entries = [{**each, "open": each["open"] and each["id"] != id} for each in index["entries"]]
    return {**index, "entries": entries}


def _find(estate: Estate, id: str) -> tuple[dict[str, Any], int]:
    records = Records(estate)
    found = records.get("incident", id)
    if found is None:
        known = ", ".join(body["record"]["id"] for body in records.bodies("incident")[-5:])
        raise ReleaseError(f"{estate.settings.environment} has no incident {id!r}; the newest are: {known or 'none'}")
    return json.loads(found["body"]["S"]), _version(found)


def _version(found: Mapping[str, Any]) -> int:
    return int(found["version"]["N"])


def _replace(pk: str, sk: str, body: dict[str, Any], version: int) -> dict[str, Any]:
    return {
        "Item": item(pk, sk, body, version + 1),
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def _read(body: Mapping[str, Any]) -> Incident:
    try:
        return Incident.model_validate(body["record"])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ReleaseError(f"incident {body['record'].get('id')}: {where}: {first['msg']}") from None


def healing_state(estate: Estate) -> str:
    """`on` or `off`. Raises ReleaseError where the environment has no switch."""
    name = SWITCH.format(environment=estate.settings.environment)
    try:
        return estate.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
        raise ReleaseError(f"{estate.settings.environment} has no parameter {name}; deploy it first") from None


def switch_healing(estate: Estate, state: str) -> str:
    """Turns the kill switch to `on` or `off`; what it was. Raises ReleaseError as `healing_state` does."""
    before = healing_state(estate)
    name = SWITCH.format(environment=estate.settings.environment)
    estate.client("ssm").put_parameter(Name=name, Value=state, Overwrite=True)
    return before
