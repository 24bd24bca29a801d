"""REST APIs of API Gateway answer, at `/_apigw/<api id>/<stage>/...` or under their own host name.

What is looked at, in API Gateway's order: the web ACL's counts of addresses, the resource policy, signature or token,
API key and plan, the method's limits, the request's form, kept answers; then the function is asked. A description is
what PutRestApi brought; a stage answers by the one that its deployment found. moto keeps the rest.
"""

import json
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from estate.cloud.services.account import Account, now
from estate.cloud.services.cloudwatch.measures import Measures
from estate.cloud.services.functions.functions import Functions
from estate.cloud.services.gateway.api_callers import Refused, Tokens, signed
from estate.cloud.services.gateway.api_front import HOST, PREFIX, VARIABLE
from estate.cloud.services.gateway.api_requests import proxied, said
from estate.cloud.services.gateway.proxying import Failed, call_function
from estate.cloud.services.gateway.rest_description import Operation, checked, operation_of, refused_by
from estate.cloud.services.gateway.rest_limits import Limits
from estate.cloud.services.gateway.rest_visit import ADDRESS, BadBody, Visit, event_of, refusal
from estate.cloud.services.logs import Logs
from estate.cloud.services.wire import AwsError, MountCall, Params, PassOn, RestAnswer, RestCall, Table

LOG = logging.getLogger(__name__)
# What a stage has beside its methods' settings.
OF_STAGE = ("accessLogSettings", "cacheClusterEnabled", "cacheClusterSize", "canarySettings", "clientCertificateId",
            "deploymentId", "description", "tracingEnabled", "variables")  # fmt: skip


@dataclass
class Described:
    """Descriptions of an API: the newest, those of its deployments, and those whose deployment has no id yet."""

    newest: Params
    deployed: dict[str, Params] = field(default_factory=dict)
    waiting: list[Params] = field(default_factory=list)


class RestFront:
    def __init__(self, account: Account, functions: Functions, logs: Logs, measures: Measures) -> None:
        self._account = account
        self._functions = functions
        self._logs = logs
        self._measures = measures
        self._tokens = Tokens(account)
        self._limits = Limits(account)
        self._described: dict[str, Described] = {}

    def register(self, table: Table) -> None:
        table.mounts.insert(0, (self._is_ours, self.answer))
        table.route("apigateway", "PUT", "/restapis/(?P<api>[^/]+)", self._put)
        table.route("apigateway", "POST", "/restapis/(?P<api>[^/]+)/deployments", self._deploy)
        table.route("apigateway", "GET", "/restapis/(?P<api>[^/]+)/deployments/(?P<id>[^/]+)", self._look)
        table.route("apigateway", "PATCH", "/restapis/(?P<api>[^/]+)/stages/(?P<stage>[^/]+)", self._patch)

    # --- what is declared

    def _put(self, call: RestCall) -> RestAnswer:
        api = call.path["api"]
        found = checked(call.body)
        if api in self._account.backend("apigateway").apis:
            with self._account.lock:
                self._described.setdefault(api, Described(found)).newest = found
        raise PassOn

    def _deploy(self, call: RestCall) -> RestAnswer:
        found = self._described.get(call.path["api"])
        if found is not None:
            with self._account.lock:
                self._settle(call.path["api"], found)
                found.waiting.append(found.newest)
        raise PassOn

    def _look(self, call: RestCall) -> RestAnswer:
        """moto fails at a deployment that is gone."""
        api = self._account.backend("apigateway").apis.get(call.path["api"])
        if api is None or call.path["id"] not in api.deployments:
            raise AwsError("NotFoundException", "Invalid Deployment identifier specified", 404)
        raise PassOn

    def _patch(self, call: RestCall) -> RestAnswer:
        """A stage whose method goes back to the stage's own limits; moto forgets no such settings.

        It takes every path, too, and API Gateway none of a method whose slashes are not escaped.
        """
        operations = call.json().get("patchOperations", [])
        for each in operations:
            parts = each["path"].removeprefix("/").split("/")
            if parts[0] not in OF_STAGE and len(parts) != (2 if each["op"] == "remove" else 4):
                raise AwsError("BadRequestException", f"Invalid method setting path: {each['path']}")
        api = self._account.backend("apigateway").apis.get(call.path["api"])
        stage = api.stages.get(call.path["stage"]) if api is not None else None
        if stage is None or not operations or any(each["op"] != "remove" for each in operations):
            raise PassOn
        for each in operations:
            if each["path"] == "/accessLogSettings":
                raise PassOn
            stage.method_settings.pop(each["path"].removeprefix("/"), None)
        return RestAnswer(stage.to_json())

    def _settle(self, api: str, found: Described) -> None:
        """Gives descriptions that were deployed to the deployments that came of it."""
        deployments = self._account.backend("apigateway").apis[api].deployments
        for id in [each for each in deployments if each not in found.deployed]:
            if found.waiting:
                found.deployed[id] = found.waiting.pop(0)

    # --- what is asked

    def _is_ours(self, call: MountCall) -> bool:
        return self._place(call)[0] in self._account.backend("apigateway").apis

    def _place(self, call: MountCall) -> tuple[str, str]:
        named = HOST.fullmatch(call.headers.get("host", "").partition(":")[0])
        if named is not None:
            return named["id"], call.path
        if not call.path.startswith(PREFIX):
            return "", ""
        id, _, rest = call.path.removeprefix(PREFIX).partition("/")
        return id, f"/{rest}"

    def answer(self, call: MountCall) -> RestAnswer:
        id, path = self._place(call)
        api = self._account.backend("apigateway").apis[id]
        first, _, rest = path.removeprefix("/").partition("/")
        stage, found = api.stages.get(first), self._described.get(id)
        if stage is None or found is None:
            return said(403, "Forbidden")
        visit = Visit(call, api, stage, f"/{rest}")
        started = time.monotonic()
        with self._account.lock:
            self._settle(id, found)
        whole = found.deployed.get(stage.deployment_id, found.newest)
        try:
            given = self._asked(visit, whole)
        except Refused as error:
            given = refusal(visit, whole, error)
        except Exception as error:  # a fault of ours is told as a service tells its own, and where it can be read
            visit.context["error.message"] = f"{type(error).__name__}: {error}"
            LOG.exception("the emulated REST API failed")
            given = said(500, "Internal server error")
        self._note(visit, given, (time.monotonic() - started) * 1000)
        return RestAnswer(given.body, given.status, {**given.headers, "x-amzn-requestid": visit.context["requestId"]})

    def _asked(self, visit: Visit, whole: Params) -> RestAnswer:
        """Raises Refused."""
        call = visit.call
        visit.context |= {
            "requestId": str(uuid.uuid4()),
            "requestTime": f"{now():%d/%b/%Y:%H:%M:%S +0000}",
            "httpMethod": call.method,
            "path": visit.path,
            "apiId": visit.api.id,
            "stage": visit.stage.name,
            "identity.sourceIp": ADDRESS,
        }
        operation = operation_of(whole, call.method, visit.path)
        if operation is None:
            raise Refused(403, "Missing Authentication Token")
        visit.context["resourcePath"] = operation.resource
        arn = f"arn:aws:apigateway:{self._account.region}::/restapis/{visit.api.id}/stages/{visit.stage.name}"
        acl = self._account.backend("wafv2").get_web_acl_for_resource(arn)
        if acl is not None and self._limits.too_many(acl, ADDRESS):
            visit.context["waf.status"] = "403"
            raise Refused(403, "Forbidden")
        security = operation.security()
        caller = self._caller(visit, operation, security)
        policy = whole.get("x-amazon-apigateway-policy", visit.api.policy)
        if refused_by(policy, ADDRESS, self._account.account_id, signed="iam" in caller):
            raise Refused(403, "User is not authorized to perform: execute-api:Invoke with an explicit deny")
        self._let_in(visit, operation, security)
        return self._answered(visit, operation, caller)

    def _caller(self, visit: Visit, operation: Operation, security: Mapping[str, Any]) -> Params:
        """The caller, as a function is told. Raises Refused."""
        call = visit.call
        for name, scopes in security.items():
            scheme = operation.scheme(name)
            kind = scheme.get("x-amazon-apigateway-authtype")
            if kind == "awsSigv4":
                caller = signed(self._account, call.method, call.url, call.headers, call.body)
                visit.context |= {f"identity.{key}": value for key, value in caller.items()}
                return {"iam": caller}
            if kind == "cognito_user_pools":
                pools = scheme["x-amazon-apigateway-authorizer"]["providerARNs"]
                claims = self._tokens.of_pools(call.headers.get("authorization", ""), pools, scopes)
                visit.context |= {f"authorizer.claims.{key}": value for key, value in claims.items()}
                return {"claims": {key: str(value) for key, value in claims.items()}}
        return {}

    def _let_in(self, visit: Visit, operation: Operation, security: Mapping[str, Any]) -> None:
        """Key and plan, then the method's limits, then the request's form. Raises Refused."""
        call = visit.call
        if any(operation.scheme(name).get("name", "").lower() == "x-api-key" for name in security):
            planned = self._limits.plan_of(visit.api.id, visit.stage.name, call.headers.get("x-api-key", ""))
            if planned is None:
                raise Refused(403, "Forbidden")
            visit.context["identity.apiKeyId"] = planned[0].id
            why = self._limits.refusal(*planned)
            if why is not None:
                raise Refused(429, why)
        own = self._settings(visit, operation)
        key = visit.api.id, visit.stage.name, operation.settings
        if not self._limits.throttles.takes(key, own.get("throttlingRateLimit"), own.get("throttlingBurstLimit")):
            raise Refused(429, "Too Many Requests")
        missing = operation.missing(dict(parse_qsl(call.query)))
        if missing:
            raise Refused(400, f"Missing required request parameters: [{', '.join(missing)}]")
        fault = operation.fault(call.headers.get("content-type", "application/json"), call.body)
        if fault is not None:
            raise BadBody(fault)

    def _settings(self, visit: Visit, operation: Operation) -> Mapping[str, Any]:
        found = visit.stage.method_settings
        return found.get(operation.settings, found.get("*/*", {}))

    def _answered(self, visit: Visit, operation: Operation, caller: Params) -> RestAnswer:
        own, query = self._settings(visit, operation), dict(parse_qsl(visit.call.query))
        keeps = bool(visit.stage.cache_cluster_enabled and own.get("cachingEnabled"))
        names = [each.rpartition(".")[2] for each in operation.integration.get("cacheKeyParameters", [])]
        key = visit.api.id, visit.stage.name, visit.path, *(f"{name}={query.get(name, '')}" for name in names)
        if keeps:
            kept = self._limits.kept(key)
            visit.hit = kept is not None
            if kept is not None:
                return kept
        answer = self._integrated(visit, operation, caller)
        if keeps and answer.status == 200:
            self._limits.keep(key, answer, float(own.get("cacheTtlInSeconds", 300)))
        return answer

    def _integrated(self, visit: Visit, operation: Operation, caller: Params) -> RestAnswer:
        integration = operation.integration
        source = f"{visit.api.id}/{visit.stage.name}/{visit.call.method}{visit.path}"
        event = event_of(visit, operation, caller, self._account.account_id)
        timeout = int(integration.get("timeoutInMillis", 29_000))
        try:
            found = call_function(self._account, self._functions, integration["uri"], source, event, timeout)
        except Failed as error:
            visit.context["error.message"] = str(error)
            return said(504, str(error)) if error.late else said(502, "Internal server error")
        visit.context["integration.latency"] = round(found.taken_ms)
        return proxied(found.payload)

    def _note(self, visit: Visit, answer: RestAnswer, taken_ms: float) -> None:
        length = len(answer.body) if isinstance(answer.body, bytes) else len(json.dumps(answer.body))
        visit.context |= {"status": answer.status, "responseLength": length, "responseLatency": round(taken_ms)}
        settings = visit.stage.access_log_settings or {}
        group = settings.get("destinationArn", "").partition(":log-group:")[2].removesuffix(":*")
        if group and self._logs.has(group):
            line = VARIABLE.sub(lambda match: str(visit.context.get(match[1], "-")), settings["format"])
            self._logs.write(group, visit.stage.name, [line])
        values = {
            "Count": (1.0, "Count"),
            "4XXError": (float(400 <= answer.status < 500), "Count"),
            "5XXError": (float(answer.status >= 500), "Count"),
            "Latency": (taken_ms, "Milliseconds"),
        }
        if visit.hit is not None:
            values["CacheHitCount" if visit.hit else "CacheMissCount"] = (1.0, "Count")
        named = {"ApiName": visit.api.name}
        for dimensions in (named, {**named, "Stage": visit.stage.name}):
            self._measures.put("AWS/ApiGateway", dimensions, values)
