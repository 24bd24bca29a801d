"""Answers an HTTP API's and a REST API's requests from the models' endpoints.

Environment: what `asking` reads.
"""

import base64
import binascii
import json
from typing import Any

from .asking import TYPES, Refused, ask

ROW = "predictions"  # last part of the path of requests whose query is one row


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Takes an HTTP API's event (format 2.0) or a REST API's (1.0) for `/v1/models/<model>/...`; returns the answer.

    A POST has its rows in the body, a GET one row in its query. The API's request id becomes the inference id, under
    which captured traffic can be found again. `asking.ask` says what is refused with which status.
    """
    try:
        return _answer(event)
    except Refused as refusal:
        headers = {"content-type": TYPES[0], **({"retry-after": "1"} if refusal.status == 503 else {})}
        return {"statusCode": refusal.status, "headers": headers, "body": json.dumps({"error": str(refusal)})}


def _answer(event: dict[str, Any]) -> dict[str, Any]:
    path = str(event.get("rawPath", event.get("path", "")))
    parts = path.strip("/").split("/")
    model = parts[parts.index("models") + 1] if "models" in parts[:-1] else ""
    by_query = parts[-1] == ROW
    kind = TYPES[0] if by_query else _headers(event).get("content-type", TYPES[0])
    body = _row(event) if by_query else _body(event)
    found = ask(model, body, kind, str(event["requestContext"]["requestId"]))
    headers = {
        "content-type": found.get("ContentType", TYPES[0]),
        "x-model-variant": found.get("InvokedProductionVariant", ""),
    }
    return {"statusCode": 200, "headers": headers, "body": found["Body"].read().decode()}


def _headers(event: dict[str, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}


def _row(event: dict[str, Any]) -> bytes:
    """The query as a request of one row; every feature of a model is a number."""
    row: dict[str, float] = {}
    for name, text in sorted((event.get("queryStringParameters") or {}).items()):
        try:
            row[str(name)] = float(text)
        except ValueError:
            raise Refused(400, f"{name} is {text!r}; a number is allowed") from None
    if not row:
        raise Refused(400, "the request has no row in its query")
    return json.dumps({"instances": [row]}).encode()


def _body(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not body:
        raise Refused(400, "the request has no body")
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise Refused(400, "the body is no base64") from None
