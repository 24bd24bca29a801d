"""A request of a REST API on its way: what is known of it, what a function gets, what is said where it is refused."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from estate.cloud.services.gateway.api_callers import Refused
from estate.cloud.services.gateway.api_front import VARIABLE
from estate.cloud.services.gateway.api_requests import said
from estate.cloud.services.gateway.rest_description import Operation
from estate.cloud.services.wire import MountCall, Params, RestAnswer

ADDRESS = "127.0.0.1"
BAD_BODY = "BAD_REQUEST_BODY"


@dataclass
class Visit:
    """One request, and what its access log says of it."""

    call: MountCall
    api: Any
    stage: Any
    path: str
    context: Params = field(default_factory=dict)
    hit: bool | None = None  # whether a kept answer was given; None where none is kept


class BadBody(Refused):
    """A body that is not as the description has it; `found` is what is wrong with it."""

    def __init__(self, found: str) -> None:
        super().__init__(400, "Invalid request body")
        self.found = found


def refusal(visit: Visit, whole: Params, error: Refused) -> RestAnswer:
    """What a refused caller is told: by the description's own template where it has one, which no engine processes."""
    if not isinstance(error, BadBody):
        return said(error.status, str(error))
    own = whole.get("x-amazon-apigateway-gateway-responses", {}).get(BAD_BODY, {}).get("responseTemplates", {})
    wanted = visit.call.headers.get("accept", "")
    kind = wanted if wanted in own else "application/json"
    if kind not in own:
        return said(error.status, str(error))
    known = {"error.messageString": json.dumps(str(error)), "error.validationErrorString": error.found}
    text = VARIABLE.sub(lambda match: known.get(match[1], ""), own[kind])
    return RestAnswer(text.encode(), error.status, {"content-type": kind})


def event_of(visit: Visit, operation: Operation, caller: Params, account_id: str) -> Params:
    """What a function gets, in version 1.0 of the payload."""
    call, context = visit.call, visit.context
    try:
        body, encoded = call.body.decode(), False
    except UnicodeDecodeError:
        body, encoded = base64.b64encode(call.body).decode(), True
    query = parse_qs(call.query, keep_blank_values=True)
    identity = {"sourceIp": ADDRESS, "userAgent": call.headers.get("user-agent", ""), **caller.get("iam", {})}
    return {
        "resource": operation.resource,
        "path": visit.path,
        "httpMethod": call.method,
        "headers": dict(call.headers),
        "multiValueHeaders": {name: [value] for name, value in call.headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(operation.parameters) or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": account_id,
            "apiId": visit.api.id,
            "httpMethod": call.method,
            "identity": identity,
            "path": f"/{visit.stage.name}{visit.path}",
            "protocol": "HTTP/1.1",
            "requestId": context["requestId"],
            "requestTime": context["requestTime"],
            "resourcePath": operation.resource,
            "stage": visit.stage.name,
            **({"authorizer": {"claims": caller["claims"]}} if "claims" in caller else {}),
        },
        "body": body or None,
        "isBase64Encoded": encoded,
    }
