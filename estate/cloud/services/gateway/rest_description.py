"""What a request of a REST API meets in its description: the operation, who may call it, what it must look like."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from estate.cloud.services.wire import AwsError, Params

VERBS = ("get", "post", "put", "patch", "delete", "head", "options")


@dataclass(frozen=True)
class Operation:
    """A method of a resource."""

    resource: str  # `/v1/models/eta/invocations`
    method: str
    parameters: Mapping[str, str]
    found: Params
    whole: Params

    @property
    def integration(self) -> Params:
        return self.found.get("x-amazon-apigateway-integration", {})

    @property
    def settings(self) -> str:
        """Its key among a stage's settings."""
        return f"~1{self.resource.removeprefix('/').replace('/', '~1')}/{self.method}"

    def security(self) -> Mapping[str, Sequence[str]]:
        """Scopes by scheme; empty where everyone may call."""
        found = self.found.get("security", self.whole.get("security", []))
        return found[0] if found else {}

    def scheme(self, name: str) -> Params:
        return self.whole["components"]["securitySchemes"][name]

    def missing(self, query: Mapping[str, str]) -> list[str]:
        """Required parameters of the query that a request lacks; none where none are checked."""
        if not self._validator().get("validateRequestParameters"):
            return []
        wanted = [each for each in self.found.get("parameters", []) if each["in"] == "query"]
        return [each["name"] for each in wanted if each.get("required") and not query.get(each["name"])]

    def fault(self, kind: str, body: bytes) -> str | None:
        """What is wrong with a body. None where it is right, or of a content type that has no model."""
        content = self.found.get("requestBody", {}).get("content", {})
        schema = content.get(kind.partition(";")[0].strip().lower(), {}).get("schema")
        if schema is None or not self._validator().get("validateRequestBody"):
            return None
        from jsonschema import Draft4Validator  # slow to load, and only these requests need it

        try:
            given = json.loads(body)
        except ValueError:
            return "[The request body is not JSON]"
        whole = {**schema, "components": self.whole.get("components", {})}
        faults = sorted(error.message for error in Draft4Validator(whole).iter_errors(given))
        return f"[{', '.join(faults)}]" if faults else None

    def _validator(self) -> Params:
        named = self.found.get(
            "x-amazon-apigateway-request-validator", self.whole.get("x-amazon-apigateway-request-validator")
        )
        return self.whole.get("x-amazon-apigateway-request-validators", {}).get(named, {})


def checked(text: bytes) -> Params:
    """A description that can be answered from. Raises AwsError with what API Gateway would not import."""
    try:
        found = json.loads(text)
        paths = found["paths"]
        operations = [(path, verb, each[verb]) for path, each in paths.items() for verb in each if verb in VERBS]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AwsError("BadRequestException", "The description is no OpenAPI document in JSON") from None
    if not str(found.get("openapi", "")).startswith("3."):
        raise AwsError("BadRequestException", "not emulated: descriptions other than OpenAPI 3")
    schemes = found.get("components", {}).get("securitySchemes", {})
    for path, verb, each in operations:
        if each.get("x-amazon-apigateway-integration", {}).get("type") != "aws_proxy":
            raise AwsError("BadRequestException", f"not emulated: {verb} {path} has no integration of type aws_proxy")
        for alternatives in each.get("security", []):
            for name in alternatives.keys() - schemes.keys():
                raise AwsError("BadRequestException", f"{verb} {path} names the unknown security scheme {name}")
    return found


def operation_of(whole: Params, method: str, path: str) -> Operation | None:
    """The most exact resource that has the method."""
    found: list[tuple[int, Operation]] = []
    for resource, verbs in whole["paths"].items():
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(resource))
        match = re.fullmatch(pattern, path)
        if match is not None and method.lower() in verbs:
            parameters = {name: unquote(value) for name, value in match.groupdict().items()}
            each = Operation(resource, method, parameters, verbs[method.lower()], whole)
            found.append((resource.count("{"), each))
    return min(found, key=lambda item: item[0])[1] if found else None


def refused_by(policy: Any, source_ip: str, account_id: str, *, signed: bool) -> bool:
    """Whether an API's own policy keeps a caller out. A statement's address conditions are looked at, and its accounts;
    an API without a policy keeps nobody out.
    """
    from ipaddress import ip_address, ip_network

    document = json.loads(policy.replace("\\", "") if "\\" in policy else policy) if isinstance(policy, str) else policy
    if not document:
        return False
    effects = set()
    for statement in document["Statement"]:
        who = statement.get("Principal")
        accounts = who.get("AWS", []) if isinstance(who, dict) else []
        named = [accounts] if isinstance(accounts, str) else accounts
        ours = who == "*" or "*" in named or (signed and any(f":{account_id}:" in each for each in named))
        met = ours
        for operator, keys in statement.get("Condition", {}).items():
            ranges = keys.get("aws:SourceIp", [])
            inside = any(
                ip_address(source_ip) in ip_network(each) for each in ([ranges] if isinstance(ranges, str) else ranges)
            )
            met = met and (inside if operator == "IpAddress" else not inside if operator == "NotIpAddress" else False)
        if met:
            effects.add(statement["Effect"])
    return effects & {"Allow", "Deny"} != {"Allow"}
