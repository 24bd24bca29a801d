"""Asks a model on purpose, as CloudWatch Synthetics runs it: what raises is a failed run.

Environment: ROW, a JSON object of features; SLOWEST_MS; and URL, the model's route of the HTTP API, or ENDPOINT, the
name of its endpoint. The request is signed as the canary's role.
"""

import json
import math
import os
import time
import urllib.error
import urllib.request
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

JSON = "application/json"
TIMEOUT_S = 30


class Failed(Exception):
    """The model did not answer as it should. Says how."""


def handler(_event: object, _context: object) -> str:
    """What it answered, and how fast. Raises Failed, or what the call raises."""
    body = json.dumps({"instances": [json.loads(os.environ["ROW"])]}).encode()
    begun = time.perf_counter()
    answer = (
        _through_api(os.environ["URL"], body) if "URL" in os.environ else _of_endpoint(os.environ["ENDPOINT"], body)
    )
    took_ms = (time.perf_counter() - begun) * 1000
    prediction = _prediction(answer)
    slowest = int(os.environ["SLOWEST_MS"])
    if took_ms > slowest:
        raise Failed(f"answered {prediction} after {took_ms:.0f} ms; {slowest} ms are allowed")
    return f"answered {prediction} after {took_ms:.0f} ms"


def _through_api(url: str, body: bytes) -> bytes:
    session = boto3.Session()
    request = AWSRequest(method="POST", url=url, data=body, headers={"content-type": JSON})
    SigV4Auth(session.get_credentials(), "execute-api", os.environ["AWS_REGION"]).add_auth(request)
    asked = urllib.request.Request(url, data=body, headers=dict(request.headers), method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT_S) as answer:  # noqa: S310  its component writes the URL
            return answer.read()
    except urllib.error.HTTPError as error:
        raise Failed(f"status {error.code}: {error.read()[:200].decode(errors='replace')}") from None


def _of_endpoint(endpoint: str, body: bytes) -> bytes:
    runtime = boto3.client("sagemaker-runtime")
    return runtime.invoke_endpoint(EndpointName=endpoint, ContentType=JSON, Body=body)["Body"].read()


def _prediction(answer: bytes) -> float:
    """The one prediction of the answer; a number that is none is no answer."""
    try:
        found: Any = json.loads(answer)
        (prediction,) = found["predictions"]
        number = float(prediction)
    except (ValueError, TypeError, KeyError):
        raise Failed(f"the answer has not one prediction: {answer[:200].decode(errors='replace')}") from None
    if not math.isfinite(number):
        raise Failed(f"the prediction is {number}")
    return number
