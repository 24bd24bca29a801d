"""Answers an HTTP API's requests from the models' endpoints.

Environment: ENDPOINTS, a JSON object from model to endpoint name.
"""

import base64
import binascii
import json
import os
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

TYPES = ("application/json", "text/csv")
# The API gives up after 30 s; a second try within the handler would come too late.
ANSWER_S = 25
RUNTIME = Config(read_timeout=ANSWER_S, connect_timeout=2, retries={"total_max_attempts": 1})
BUSY = ("ThrottlingException", "ServiceUnavailable", "ServiceUnavailableException", "ModelNotReadyException")


class Refused(Exception):
    """A request that cannot be answered, with the status that says so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Takes an HTTP API's event of format 2.0 for `/v1/models/<model>/invocations`; returns what the model answers.

    The API's request id becomes the inference id, under which captured traffic can be found again. A model's own
    refusal of a request keeps its status; its failure is 502; an endpoint that is busy is 503, one that does not
    answer in time 504.
    """
    try:
        return _answer(event)
    except Refused as refusal:
        headers = {"content-type": "application/json", **({"retry-after": "1"} if refusal.status == 503 else {})}
        return {"statusCode": refusal.status, "headers": headers, "body": json.dumps({"error": str(refusal)})}


def _answer(event: dict[str, Any]) -> dict[str, Any]:
    endpoint = _endpoint(event)
    kind = _headers(event).get("content-type", TYPES[0])
    if kind.partition(";")[0].strip().lower() not in TYPES:
        raise Refused(415, f"content type {kind!r} is not understood; allowed are {', '.join(TYPES)}")
    try:
        found = boto3.client("sagemaker-runtime", config=RUNTIME).invoke_endpoint(
            EndpointName=endpoint,
            Body=_body(event),
            ContentType=kind,
            Accept=TYPES[0],
            InferenceId=str(event["requestContext"]["requestId"])[:64],
        )
    except ClientError as error:
        raise _refusal(error) from None
    except ReadTimeoutError:
        raise Refused(504, f"the endpoint gave no answer within {ANSWER_S} s") from None
    except BotoCoreError as error:
        raise Refused(502, f"the endpoint cannot be asked: {type(error).__name__}") from None
    headers = {
        "content-type": found.get("ContentType", TYPES[0]),
        "x-model-variant": found.get("InvokedProductionVariant", ""),
    }
    return {"statusCode": 200, "headers": headers, "body": found["Body"].read().decode()}


def _endpoint(event: dict[str, Any]) -> str:
    parts = str(event.get("rawPath", "")).strip("/").split("/")
    model = parts[parts.index("models") + 1] if "models" in parts[:-1] else ""
    endpoints = json.loads(os.environ["ENDPOINTS"])
    if model not in endpoints:
        raise Refused(404, f"no model {model!r} is served; models: {', '.join(sorted(endpoints))}")
    return endpoints[model]


def _headers(event: dict[str, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}


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


def _refusal(error: ClientError) -> Refused:
    found = error.response["Error"]
    if found["Code"] == "ModelError":
        status = int(error.response.get("OriginalStatusCode", 500))
        if 400 <= status < 500:
            return Refused(status, str(error.response.get("OriginalMessage", found["Message"])))
        return Refused(502, "the model failed")
    if found["Code"] in BUSY:
        return Refused(503, "the endpoint is busy")
    return Refused(502, f"the endpoint cannot be asked: {found['Code']}")
