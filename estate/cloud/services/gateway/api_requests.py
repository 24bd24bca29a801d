"""What of an HTTP API a request meets: its stage, its route, and the event that a function gets of it."""

import base64
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from estate.cloud.services.wire import MountCall, Params, RestAnswer

STAGE = "$default"


@dataclass
class Visit:
    """One request, and what its access log says of it."""

    call: MountCall
    api: Any
    stage: Any
    path: str
    context: Params = field(default_factory=dict)
    integration_ms: float | None = None


def stage_of(api: Any, path: str) -> tuple[Any, str]:
    """A stage that the path begins with, or the default one."""
    first, _, rest = path.removeprefix("/").partition("/")
    if first in api.stages and first != STAGE:
        return api.stages[first], f"/{rest}"
    return api.stages.get(STAGE), path


def route_of(api: Any, method: str, path: str) -> tuple[Any, dict[str, str]]:
    """The most exact route: a whole path before one with parameters, before a greedy one, before $default."""
    found: list[tuple[tuple[int, int], Any, dict[str, str]]] = []
    for route in list(api.routes.values()):
        if route.route_key == "$default":
            found.append(((3, 0), route, {}))
            continue
        verb, _, pattern = route.route_key.partition(" ")
        parts = re.split(r"(\{[^}]+\})", pattern)
        expression = "".join(
            f"(?P<{part[1:-1].rstrip('+')}>{'.+' if part.endswith('+}') else '[^/]+'})"
            if part[:1] == "{"
            else re.escape(part)
            for part in parts
        )
        match = re.fullmatch(expression, path)
        if match is not None and verb in (method, "ANY"):
            rank = 2 if "+}" in pattern else 1 if "{" in pattern else 0
            found.append(((rank, int(verb == "ANY")), route, {key: unquote(v) for key, v in match.groupdict().items()}))
    if not found:
        return None, {}
    _, route, parameters = min(found, key=lambda item: item[0])
    return route, parameters


def event_of(visit: Visit, route: Any, parameters: Mapping[str, str], authorizer: Params, account_id: str) -> Params:
    """What a function gets, in version 2.0 of the payload."""
    call, context = visit.call, visit.context
    try:
        body, encoded = call.body.decode(), False
    except UnicodeDecodeError:
        body, encoded = base64.b64encode(call.body).decode(), True
    query: dict[str, str] = {}
    for key, value in parse_qsl(call.query, keep_blank_values=True):
        query[key] = f"{query[key]},{value}" if key in query else value
    request: Params = {
        "accountId": account_id,
        "apiId": visit.api.api_id,
        "domainName": call.headers.get("host", ""),
        "domainPrefix": visit.api.api_id,
        "http": {
            "method": call.method,
            "path": visit.path,
            "protocol": "HTTP/1.1",
            "sourceIp": context["identity.sourceIp"],
            "userAgent": context["identity.userAgent"],
        },
        "requestId": context["requestId"],
        "routeKey": route.route_key,
        "stage": visit.stage.name,
        "time": context["requestTime"],
        "timeEpoch": int(time.time() * 1000),
        **({"authorizer": authorizer} if authorizer else {}),
    }
    event: Params = {
        "version": "2.0",
        "routeKey": route.route_key,
        "rawPath": visit.path,
        "rawQueryString": call.query,
        "headers": dict(call.headers),
        "requestContext": request,
        "isBase64Encoded": encoded,
    }
    optional = {"body": body, "queryStringParameters": query, "pathParameters": dict(parameters)}
    return event | {key: value for key, value in optional.items() if value}


def proxied(payload: bytes) -> RestAnswer:
    """What a function returned, as the API answers it: without a statusCode, all of it is the body."""
    found = json.loads(payload or b"null")
    if not isinstance(found, dict) or "statusCode" not in found:
        body = found if isinstance(found, str) else json.dumps(found)
        return RestAnswer(body.encode(), 200, {"Content-Type": "application/json"})
    body = found.get("body") or ""
    text = body if isinstance(body, str) else json.dumps(body)
    raw = base64.b64decode(text) if found.get("isBase64Encoded") else text.encode()
    headers = {str(key): str(value) for key, value in (found.get("headers") or {}).items()}
    if not any(key.lower() == "content-type" for key in headers):
        headers["Content-Type"] = "text/plain;charset=UTF-8"
    try:
        return RestAnswer(raw, int(found["statusCode"]), headers)
    except (TypeError, ValueError):
        return said(500, "Internal Server Error")


def preflight(api: Any, call: MountCall) -> RestAnswer | None:
    cors = api.cors_configuration
    if not cors or call.method != "OPTIONS" or "origin" not in call.headers:
        return None
    headers = cors_headers(api, call)
    if headers:
        headers |= {
            "access-control-allow-methods": ",".join(cors.get("allowMethods") or []),
            "access-control-allow-headers": ",".join(cors.get("allowHeaders") or []),
            "access-control-max-age": str(cors.get("maxAge", 0)),
        }
    return RestAnswer(b"", 204, headers)


def cors_headers(api: Any, call: MountCall) -> dict[str, str]:
    cors, origin = api.cors_configuration, call.headers.get("origin")
    allowed = (cors or {}).get("allowOrigins") or []
    if not origin or not ({origin, "*"} & set(allowed)):
        return {}
    found = {"access-control-allow-origin": "*" if "*" in allowed else origin}
    if cors.get("exposeHeaders"):
        found["access-control-expose-headers"] = ",".join(cors["exposeHeaders"])
    return found


def said(status: int, message: str) -> RestAnswer:
    return RestAnswer({"message": message}, status)
