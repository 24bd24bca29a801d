"""Small readings of what the cloud, or the program, says."""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from estate.cloud.resources.row import Wait
from estate.cloud.resources.table import row
from estate.cloud.resources.template import search
from estate.engine.provider import ProviderError
from estate.engine.resource import Goal, State

_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.25  # seconds between two looks at a status


def listed(value: Any) -> list[str]:
    """Provider inputs arrive as JSON text."""
    found = json.loads(value) if isinstance(value, str) and value[:1] == "[" else value
    return [str(item) for item in ([found] if isinstance(found, str) else found or ())]


def as_text(value: Any) -> Any:
    """Times as text, as Terraform has them; containers member by member."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {key: as_text(item) for key, item in value.items()}
    return [as_text(item) for item in value] if isinstance(value, list) else value


def said(error: Exception) -> str:
    """What AWS answered: its code and message."""
    if isinstance(error, ClientError):
        code, message = error.response["Error"].get("Code"), str(error.response["Error"].get("Message"))
        # An emulator answers with a web page where it has no such operation.
        return f"{code}: {'the endpoint lacks this operation' if '<html' in message else message}"
    return str(error)


def record(goal: Goal) -> State:
    """The state of what is kept in the plan only."""
    metadata = goal.inputs.get("metadata")
    named = metadata if isinstance(metadata, Mapping) else {}
    place = [str(named[key]) for key in ("namespace", "name") if named.get(key)]
    return State(goal, "/".join(place) or goal.name, {**goal.inputs, "id": "/".join(place) or goal.name})


def named_by(goal: Goal) -> dict[str, str]:
    """Where the id is the physical name, or made of it, the name is what the reading needs."""
    found = row(goal.type)
    return {found.name: str(goal.external_id)} if found.name is not None and found.id == f"{{in.{found.name}}}" else {}


def refuse_partial_success(answer: Mapping[str, Any], urn: str) -> None:
    """Some calls succeed and list what did not."""
    for key in ("Unsuccessful", "FailedEntries"):
        for failure in answer.get(key) or ():
            error = failure.get("Error", failure)
            code, message = error.get("Code", error.get("ErrorCode")), error.get("Message", error.get("ErrorMessage"))
            raise ProviderError(f"{urn}: {code}: {message}")


def as_properties(reading: Mapping[str, Any]) -> dict[str, Any]:
    """Plain members of a reading under the names that Pulumi would have for them."""
    plain = (str, bool, int, float)
    return {key[0].lower() + key[1:]: value for key, value in reading.items() if isinstance(value, plain)}


def status_of(wait: Wait, reading: Mapping[str, Any]) -> str | None:
    """The status that a wait looks at, as text."""
    found = search(wait.path, reading)
    return None if found is None else str(found)


def pauses(patience: float) -> Iterator[float]:
    """Sleeps a little longer each time, until patience ends."""
    end, pause = time.monotonic() + patience, _FIRST_PAUSE
    while time.monotonic() < end:
        yield pause
        time.sleep(pause)
        pause = min(pause * 1.4, _LONGEST_PAUSE)


def pairs(listed: Any) -> dict[str, str]:
    """Tags as a mapping, whichever way the service lists them."""
    if isinstance(listed, Mapping):
        return dict(listed)
    lowered = [{key.lower().removeprefix("tag"): value for key, value in item.items()} for item in listed]
    return {item["key"]: item["value"] for item in lowered}
