"""Answers a WebSocket API's messages from the models' endpoints, in parts as they are ready.

    {"action": "predict", "id": "7", "model": "eta", "instances": [...]}

is answered with a message for every ROWS_AT_ONCE rows, in their order, and a last one:

    {"id": "7", "from": 0, "predictions": [...], "variant": "AllTraffic"}
    {"id": "7", "done": true, "rows": 40}

What is not answered ends with why, and with the first row that has no answer. A message may take as long as the
function may run; the rest can be asked again from there:

    {"id": "7", "status": 504, "error": "...", "from": 32}

Environment: ROWS_AT_ONCE, and what `asking` reads. The API's own address stands in
AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI, where botocore reads it.
"""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from .asking import ANSWER_S, TYPES, Refused, ask

LEFT_S = 3.0  # to tell somebody that there is no time left
CALLS = Config(read_timeout=5, connect_timeout=2, retries={"total_max_attempts": 2})
LONGEST = 32 * 1024  # bytes of one frame; from API Gateway's quotas

Tell = Callable[[dict[str, Any]], None]
Left = Callable[[], float]  # seconds for asking


class Context(Protocol):
    """What is read of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int: ...


class Gone(Exception):
    """Nobody is there any more to hear the answer."""


def handle(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Takes an event of a route: `$connect` and `$disconnect` need nothing done, `predict` is answered over the
    connection that it came by, and every other message is told what would be right.
    """
    asked = event["requestContext"]
    if asked["eventType"] != "MESSAGE":
        return {"statusCode": 200}
    client = boto3.client("apigatewaymanagementapi", config=CALLS)
    try:
        _serve(
            event,
            str(asked["requestId"]),
            lambda said: _post(client, str(asked["connectionId"]), said),
            lambda: context.get_remaining_time_in_millis() / 1000 - LEFT_S,
        )
    except Gone:
        return {"statusCode": 410}
    return {"statusCode": 200}


def _serve(event: dict[str, Any], request: str, tell: Tell, left: Left) -> None:
    asked: dict[str, Any] = {}
    reached: dict[str, int] = {}
    try:
        asked = _asked(event)
        rows = asked["instances"]
        for start, part in _parts(rows, int(os.environ["ROWS_AT_ONCE"])):
            reached["from"] = start
            seconds = min(left(), ANSWER_S)
            if seconds < 1:
                raise Refused(504, f"the time of one message is over; ask again from row {start} on")
            body = json.dumps({"instances": part}).encode()
            found = ask(str(asked["model"]), body, TYPES[0], request, seconds)
            answer = json.loads(found["Body"].read())
            variant = found.get("InvokedProductionVariant", "")
            tell({"id": asked.get("id"), "from": start, **answer, "variant": variant})
        tell({"id": asked.get("id"), "done": True, "rows": len(rows)})
    except Refused as refusal:
        tell({"id": asked.get("id"), "status": refusal.status, "error": str(refusal), **reached})


def _asked(event: dict[str, Any]) -> dict[str, Any]:
    """The message. Raises Refused for one that asks nothing."""
    try:
        found = json.loads(event.get("body") or "")
    except ValueError:
        raise Refused(400, "the message is no JSON") from None
    rows = found.get("instances") if isinstance(found, dict) else None
    if event["requestContext"]["routeKey"] != "predict" or not isinstance(rows, list) or not rows:
        raise Refused(400, 'a message is {"action": "predict", "model": "<model>", "instances": [{...}, ...]}')
    return found


def _parts(rows: list[Any], size: int) -> Iterator[tuple[int, list[Any]]]:
    for start in range(0, len(rows), size):
        yield start, rows[start : start + size]


def _post(client: Any, connection: str, said: dict[str, Any]) -> None:
    """One message; a frame that is too long is told instead of lost. Raises Gone."""
    data = json.dumps(said).encode()
    if len(data) > LONGEST:
        data = json.dumps({"id": said.get("id"), "status": 413, "error": f"an answer is longer than {LONGEST} bytes"})
    try:
        client.post_to_connection(ConnectionId=connection, Data=data)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("GoneException", "410"):
            raise Gone from None
        raise
