"""HTTP APIs of API Gateway answer, at `/_apigw/<api id>/...` or under their own host name. moto keeps what they are."""

import json
import logging
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

from estate.cloud.services.account import Account, now
from estate.cloud.services.cloudwatch.measures import Measures
from estate.cloud.services.functions.functions import Functions
from estate.cloud.services.gateway.api_callers import Refused, Tokens, signed
from estate.cloud.services.gateway.api_requests import (
    Visit,
    cors_headers,
    event_of,
    preflight,
    proxied,
    route_of,
    said,
    stage_of,
)
from estate.cloud.services.gateway.proxying import Failed, call_function
from estate.cloud.services.gateway.throttles import Throttles
from estate.cloud.services.logs import Logs
from estate.cloud.services.wire import MountCall, Params, RestAnswer, Table

LOG = logging.getLogger(__name__)
PREFIX = "/_apigw/"
HOST = re.compile(r"(?P<id>[a-z0-9]+)\.execute-api\..+")
VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_.-]*[A-Za-z0-9_-])")


class ApiFront:
    def __init__(self, account: Account, functions: Functions, logs: Logs, measures: Measures) -> None:
        self._account = account
        self._functions = functions
        self._logs = logs
        self._measures = measures
        self._tokens = Tokens(account)
        self._throttles = Throttles(account.lock)

    def register(self, table: Table) -> None:
        table.mounts.append((self._is_ours, self.answer))

    def _is_ours(self, call: MountCall) -> bool:
        return (
            call.path.startswith(PREFIX) or HOST.fullmatch(call.headers.get("host", "").partition(":")[0]) is not None
        )

    def answer(self, call: MountCall) -> RestAnswer:
        named = HOST.fullmatch(call.headers.get("host", "").partition(":")[0])
        if named is not None:
            id, path = named["id"], call.path
        else:
            id, _, rest = call.path.removeprefix(PREFIX).partition("/")
            path = f"/{rest}"
        api = self._account.backend("apigatewayv2").apis.get(id)
        if api is None or (api.disable_execute_api_endpoint and named is not None):
            return said(403 if api is None else 404, "Forbidden" if api is None else "Not Found")
        stage, path = stage_of(api, path)
        if stage is None:
            return said(404, "Not Found")
        visit = Visit(call, api, stage, path)
        started = time.monotonic()
        before = preflight(api, call)
        if before is not None:
            return before
        try:
            found = self._routed(visit)
        except Refused as error:
            found = said(error.status, str(error))
        except Exception as error:  # a fault of ours is told as a service tells its own, and where it can be read
            visit.context["error.message"] = f"{type(error).__name__}: {error}"
            LOG.exception("the emulated API failed")
            found = said(500, "Internal Server Error")
        taken_ms = (time.monotonic() - started) * 1000
        self._note(visit, found, taken_ms)
        return RestAnswer(
            found.body,
            found.status,
            {**found.headers, **cors_headers(api, call), "apigw-requestid": visit.context["requestId"]},
        )

    def _routed(self, visit: Visit) -> RestAnswer:
        """Raises Refused."""
        call = visit.call
        visit.context |= {
            "requestId": str(uuid.uuid4()),
            "requestTime": f"{now():%d/%b/%Y:%H:%M:%S +0000}",
            "httpMethod": call.method,
            "path": visit.path,
            "apiId": visit.api.api_id,
            "stage": visit.stage.name,
            "identity.sourceIp": "127.0.0.1",
            "identity.userAgent": call.headers.get("user-agent", ""),
        }
        route, parameters = route_of(visit.api, call.method, visit.path)
        if route is None:
            visit.context["routeKey"] = ""
            return said(404, "Not Found")
        visit.context["routeKey"] = route.route_key
        authorizer = self._authorized(visit, route)
        if not self._let_in(visit, route.route_key):
            return said(429, "Too Many Requests")
        return self._integrated(visit, route, parameters, authorizer)

    def _authorized(self, visit: Visit, route: Any) -> Params:
        """The caller, as a function is told. Raises Refused."""
        call = visit.call
        kind = route.authorization_type or "NONE"
        if kind == "AWS_IAM":
            caller = signed(self._account, call.method, call.url, call.headers, call.body)
            visit.context |= {f"identity.{name}": value for name, value in caller.items()}
            return {"iam": caller}
        if kind == "JWT":
            authorizer = visit.api.authorizers[route.authorizer_id]
            source = (authorizer.identity_source or ["$request.header.Authorization"])[0]
            header = call.headers.get(source.rpartition(".")[2].lower(), "")
            own = authorizer.jwt_config
            claims = self._tokens.claims(
                header, own["issuer"], own.get("audience") or [], route.authorization_scopes or []
            )
            visit.context |= {f"authorizer.claims.{name}": value for name, value in claims.items()}
            told = {name: value if isinstance(value, str) else json.dumps(value) for name, value in claims.items()}
            return {"jwt": {"claims": told, "scopes": route.authorization_scopes or None}}
        if kind != "NONE":
            raise Refused(500, f"not emulated: authorization {kind}")
        return {}

    def _let_in(self, visit: Visit, route_key: str) -> bool:
        limits = {**visit.stage.default_route_settings, **(visit.stage.route_settings or {}).get(route_key, {})}
        key = visit.api.api_id, visit.stage.name, route_key
        return self._throttles.takes(key, limits.get("throttlingRateLimit"), limits.get("throttlingBurstLimit"))

    def _integrated(self, visit: Visit, route: Any, parameters: Mapping[str, str], authorizer: Params) -> RestAnswer:
        integration = visit.api.integrations.get((route.target or "").rpartition("/")[2])
        uri = getattr(integration, "integration_uri", "") or ""
        if integration is None or integration.integration_type != "AWS_PROXY" or ":lambda:" not in uri:
            visit.context["error.message"] = "not emulated: integrations other than Lambda functions"
            return said(500, "Internal Server Error")
        source = f"{visit.api.api_id}/{visit.stage.name}/{visit.call.method}{visit.path}"
        event = event_of(visit, route, parameters, authorizer, self._account.account_id)
        timeout = integration.timeout_in_millis or 30_000
        try:
            found = call_function(self._account, self._functions, uri, source, event, timeout)
        except Failed as error:
            if error.late:
                return said(503, "Service Unavailable")
            visit.context["error.message"] = str(error)
            return said(500, "Internal Server Error")
        visit.integration_ms = found.taken_ms
        return proxied(found.payload)

    def _note(self, visit: Visit, answer: RestAnswer, taken_ms: float) -> None:
        length = len(answer.body) if isinstance(answer.body, bytes) else len(json.dumps(answer.body))
        visit.context |= {"status": answer.status, "responseLength": length, "responseLatency": round(taken_ms)}
        if visit.integration_ms is not None:
            visit.context["integrationLatency"] = round(visit.integration_ms)
        settings = visit.stage.access_log_settings or {}
        group = settings.get("destinationArn", "").partition(":log-group:")[2].removesuffix(":*")
        if group and self._logs.has(group):
            line = VARIABLE.sub(lambda match: str(visit.context.get(match[1], "-")), settings["format"])
            self._logs.write(group, visit.stage.name.replace("$", ""), [line])
        values = {
            "Count": (1.0, "Count"),
            "4xx": (float(400 <= answer.status < 500), "Count"),
            "5xx": (float(answer.status >= 500), "Count"),
            "Latency": (taken_ms, "Milliseconds"),
            **({"IntegrationLatency": (visit.integration_ms, "Milliseconds")} if visit.integration_ms else {}),
        }
        named = {"ApiId": visit.api.api_id}
        for dimensions in (named, {**named, "Stage": visit.stage.name}):
            self._measures.put("AWS/ApiGateway", dimensions, values)
