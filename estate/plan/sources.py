"""Data sources that can be answered without an account."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from estate.engine.provider import ProviderError
from estate.engine.resource import Values
from estate.plan.identity import Place

ZONES = "abc"


def answer(token: str, args: Values, place: Place) -> Values:
    """The outputs of a data source. Raises ProviderError where only an account could answer."""
    source = SOURCES.get(token.rpartition(":")[2]) if token.startswith("aws:") else None
    if source is None:
        raise ProviderError(
            f"{token}: its answer is in an account only, and this run has none; "
            f"answered are: {', '.join(sorted(SOURCES))}"
        )
    return source(args, place)


def _caller(_: Values, place: Place) -> Values:
    arn = f"arn:{place.partition}:iam::{place.account}:root"
    return {"accountId": place.account, "arn": arn, "id": place.account, "userId": place.account}


def _region(args: Values, place: Place) -> Values:
    name = args.get("region") or args.get("name") or place.region
    endpoint = f"ec2.{name}.{place.suffix}"
    return {"description": name, "endpoint": endpoint, "id": name, "name": name, "region": name}


def _partition(_: Values, place: Place) -> Values:
    reverse = ".".join(reversed(place.suffix.split(".")))
    return {
        "dnsSuffix": place.suffix,
        "id": place.partition,
        "partition": place.partition,
        "reverseDnsPrefix": reverse,
    }


def _zones(args: Values, place: Place) -> Values:
    zones = [f"{place.region}{letter}" for letter in ZONES]
    ids = [f"{_short(place.region)}-az{number}" for number in range(1, len(ZONES) + 1)]
    return {
        "groupNames": [place.region],
        "id": place.region,
        "names": zones,
        "region": place.region,
        "state": args.get("state"),
        "zoneIds": ids,
    }


def _short(region: str) -> str:
    """`us-east-1` as zone ids have it: `use1`."""
    area, *middle, number = region.split("-")
    return area + "".join(word[0] for word in middle) + number


def _service_principal(args: Values, place: Place) -> Values:
    name = f"{args['serviceName']}.amazonaws.com"
    return {
        "id": name,
        "name": name,
        "region": place.region,
        "serviceName": args["serviceName"],
        "suffix": place.suffix,
    }


def _arn(args: Values, place: Place) -> Values:
    parts = str(args["arn"]).split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        raise ProviderError(
            f"getArn: {args['arn']!r} is no ARN; expected arn:partition:service:region:account:resource"
        )
    names = ("partition", "service", "region", "account", "resource")
    return {**dict(zip(names, parts[1:], strict=True)), "arn": args["arn"], "id": args["arn"]}


def _policy_document(args: Values, place: Place) -> Values:
    """IAM's own JSON of a document; `source` and `override` documents are merged by statement id."""
    statements = [_statement(statement) for statement in args.get("statements") or []]
    for text in args.get("sourcePolicyDocuments") or []:
        statements = [*_statements(text), *statements]
    for text in args.get("overridePolicyDocuments") or []:
        over = _statements(text)
        replaced = {statement.get("Sid") for statement in over if statement.get("Sid")}
        statements = [kept for kept in statements if kept.get("Sid") not in replaced] + over
    document = {"Version": args.get("version") or "2012-10-17", "Statement": statements}
    if args.get("policyId"):
        document = {"Id": args["policyId"], **document}
    return {**args, "id": "policy", "json": json.dumps(document, indent=2), "minifiedJson": json.dumps(document)}


def _statements(text: str) -> list[dict[str, Any]]:
    found = json.loads(text).get("Statement", [])
    return found if isinstance(found, list) else [found]


def _statement(given: Mapping[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": given["sid"]} if given.get("sid") else {}
    statement["Effect"] = given.get("effect") or "Allow"
    for key, name in (("actions", "Action"), ("notActions", "NotAction"), ("resources", "Resource")):
        if given.get(key):
            statement[name] = _one_or_more(given[key])
    if given.get("notResources"):
        statement["NotResource"] = _one_or_more(given["notResources"])
    for key, name in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if given.get(key):
            statement[name] = _principals(given[key])
    conditions: dict[str, dict[str, list[str]]] = {}
    for condition in given.get("conditions") or []:
        conditions.setdefault(condition["test"], {})[condition["variable"]] = _one_or_more(condition["values"])
    return {**statement, "Condition": conditions} if conditions else statement


def _one_or_more(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def _principals(given: list[Mapping[str, Any]]) -> Any:
    if [(item["type"], list(item["identifiers"])) for item in given] == [("*", ["*"])]:
        return "*"
    return {item["type"]: _one_or_more(item["identifiers"]) for item in given}


SOURCES: Mapping[str, Callable[[Values, Place], Values]] = {
    "getArn": _arn,
    "getAvailabilityZones": _zones,
    "getCallerIdentity": _caller,
    "getPartition": _partition,
    "getPolicyDocument": _policy_document,
    "getRegion": _region,
    "getServicePrincipal": _service_principal,
}
