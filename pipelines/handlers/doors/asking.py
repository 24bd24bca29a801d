"""What handlers of all doors share: which endpoint a model has, what its flags allow, and how its refusals are told.

Environment: ENDPOINTS, a JSON object from model to endpoint name, and what `flags` reads.
"""

import csv
import io
import json
import os
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from . import flags

TYPES = ("application/json", "text/csv")
# The APIs give up after 29 or 30 s; a second try within the handler would come too late.
ANSWER_S = 25
RUNTIME = Config(read_timeout=ANSWER_S, connect_timeout=2, retries={"total_max_attempts": 1})
BUSY = ("ThrottlingException", "ServiceUnavailable", "ServiceUnavailableException", "ModelNotReadyException")


class Refused(Exception):
    """A request that cannot be answered, with the status that says so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def endpoint_of(model: str) -> str:
    """The endpoint's name. Raises Refused."""
    endpoints = json.loads(os.environ["ENDPOINTS"])
    if model not in endpoints:
        raise Refused(404, f"no model {model!r} is served; models: {', '.join(sorted(endpoints))}")
    return endpoints[model]


def ask(model: str, body: bytes, kind: str, request: str, seconds: float = ANSWER_S) -> dict[str, Any]:
    """What SageMaker answers. `kind` is the content type; `request` the id under which captured traffic is found;
    `seconds` how long it is waited for.

    Raises Refused: 404 for an unknown model, 503 for one that is switched off or busy, 413 for more rows than its flags
    allow, 415 for another content type; a model's own refusal keeps its status, its failure is 502, no answer 504.
    """
    endpoint = endpoint_of(model)
    if kind.partition(";")[0].strip().lower() not in TYPES:
        raise Refused(415, f"content type {kind!r} is not understood; allowed are {', '.join(TYPES)}")
    found = flags.read(model)
    if not flags.enabled(found):
        raise Refused(503, f"{model} is switched off")
    most = flags.largest_rows(found)
    if most is not None and (rows := _rows(body, kind)) > most:
        raise Refused(413, f"the request has {rows} rows; {most} are allowed")
    chosen = flags.variant(found, request)
    target = {} if chosen is None else {"TargetVariant": chosen}
    try:
        patience = RUNTIME.merge(Config(read_timeout=seconds))
        return boto3.client("sagemaker-runtime", config=patience).invoke_endpoint(
            EndpointName=endpoint, Body=body, ContentType=kind, Accept=TYPES[0], InferenceId=request[:64], **target
        )
    except ClientError as error:
        raise _refusal(error) from None
    except ReadTimeoutError:
        raise Refused(504, f"the endpoint gave no answer within {seconds:.0f} s") from None
    except BotoCoreError as error:
        raise Refused(502, f"the endpoint cannot be asked: {type(error).__name__}") from None


def _rows(body: bytes, kind: str) -> int:
    """Rows of a request; 0 where it cannot be read, which the model then says itself."""
    try:
        if kind.partition(";")[0].strip().lower() == TYPES[1]:
            return sum(1 for row in csv.reader(io.StringIO(body.decode())) if row) - 1
        found = json.loads(body)
        return len(found["instances"])
    except (ValueError, KeyError, TypeError, csv.Error, RecursionError):
        return 0


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
