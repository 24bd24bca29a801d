"""Data sources that need no resource."""

import json
import zlib
from collections.abc import Callable
from typing import Any

from estate.cloud.resources.requests import partition
from estate.cloud.resources.row import Values

_SUFFIX = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}


class UnknownLookup(Exception):
    """A data source that is not answered here."""


def lookup(token: str, args: Values, client: Callable[[str], Any], region: str) -> dict[str, Any]:
    """What a data source answers, with Pulumi's property names. Raises UnknownLookup, and botocore's errors."""
    name = token.rpartition(":")[2]
    answer = _ANSWERS.get(name)
    if answer is None:
        raise UnknownLookup(f"{token}: no such data source here; there are: {', '.join(sorted(_ANSWERS))}")
    return answer(args, client, region)


def _identity(_: Values, client: Callable[[str], Any], __: str) -> dict[str, Any]:
    found = client("sts").get_caller_identity()
    return {"accountId": found["Account"], "arn": found["Arn"], "userId": found["UserId"], "id": found["Account"]}


def _region(args: Values, _: Callable[[str], Any], region: str) -> dict[str, Any]:
    name = args.get("region") or args.get("name") or region
    endpoint = f"ec2.{name}.{_SUFFIX[partition(name)]}"
    return {"id": name, "name": name, "region": name, "endpoint": endpoint, "description": name}


def _partition(_: Values, __: Callable[[str], Any], region: str) -> dict[str, Any]:
    name = partition(region)
    suffix = _SUFFIX[name]
    reverse = ".".join(reversed(suffix.split(".")))
    return {"id": name, "partition": name, "dnsSuffix": suffix, "reverseDnsPrefix": reverse}


def _zones(args: Values, client: Callable[[str], Any], region: str) -> dict[str, Any]:
    filters = [{"Name": item["name"], "Values": list(item["values"])} for item in args.get("filters") or ()]
    if args.get("state"):
        filters.append({"Name": "state", "Values": [args["state"]]})
    found = client("ec2").describe_availability_zones(Filters=filters)["AvailabilityZones"]
    zones = sorted((zone["ZoneName"], zone["ZoneId"]) for zone in found)
    left_out = {*(args.get("excludeNames") or ()), *(args.get("excludeZoneIds") or ())}
    kept = [(name, key) for name, key in zones if name not in left_out and key not in left_out]
    return {
        **args,
        "id": region,
        "names": [name for name, _ in kept],
        "zoneIds": [key for _, key in kept],
        "groupNames": sorted({zone.get("GroupName", region) for zone in found}),
    }


def _policy_document(args: Values, _: Callable[[str], Any], __: str) -> dict[str, Any]:
    statements = [_statement(item) for item in args.get("statements") or ()]
    document = {"Version": args.get("version") or "2012-10-17", "Statement": statements}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    text = json.dumps(document, indent=2)
    return {**args, "id": str(zlib.crc32(text.encode())), "json": text, "minifiedJson": json.dumps(document)}


def _statement(item: Values) -> dict[str, Any]:
    made: dict[str, Any] = {"Sid": item["sid"]} if item.get("sid") else {}
    made["Effect"] = item.get("effect") or "Allow"
    for key, member in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        if item.get(key):
            values = sorted(item[key])
            made[member] = values[0] if len(values) == 1 else values
    for key, member in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        for principal in item.get(key) or ():
            made.setdefault(member, {})[principal["type"]] = list(principal["identifiers"])
        if made.get(member) in ({"*": ["*"]},):
            made[member] = "*"
    for condition in item.get("conditions") or ():
        made.setdefault("Condition", {}).setdefault(condition["test"], {})[condition["variable"]] = condition["values"]
    return made


def _kms_alias(args: Values, client: Callable[[str], Any], _: str) -> dict[str, Any]:
    key = client("kms").describe_key(KeyId=args["name"])["KeyMetadata"]
    arn = f"{key['Arn'].partition(':key/')[0]}:{args['name']}"
    return {
        "id": arn,
        "arn": arn,
        "name": args["name"],
        "targetKeyArn": key["Arn"],
        "targetKeyId": key["KeyId"],
    }


def _parameter(args: Values, client: Callable[[str], Any], _: str) -> dict[str, Any]:
    found = client("ssm").get_parameter(Name=args["name"], WithDecryption=args.get("withDecryption", True))["Parameter"]
    value = found["Value"]
    return {
        **args,
        "id": found["Name"],
        "arn": found["ARN"],
        "type": found["Type"],
        "value": value,
        "insecureValue": "" if found["Type"] == "SecureString" else value,
        "version": found["Version"],
    }


_ANSWERS: dict[str, Callable[[Values, Callable[[str], Any], str], dict[str, Any]]] = {
    "getAlias": _kms_alias,
    "getAvailabilityZones": _zones,
    "getCallerIdentity": _identity,
    "getParameter": _parameter,
    "getPartition": _partition,
    "getPolicyDocument": _policy_document,
    "getRegion": _region,
}
