"""Constraints that AWS publishes in words only: in its user guides, not in its API's shapes."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError, ip_network
from typing import Any

import regex

from estate.engine.resource import Goal
from estate.plan.documents import ARN
from estate.plan.fault import Leaf
from estate.plan.shapes import some

Values = Mapping[str, Any]

PARAMETER_BYTES = {"Standard": 4096, "Advanced": 8192}
TAG_TEXT = regex.compile(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*")
BUCKET = re.compile(r"(?!xn--|sthree-)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
NONE_IN_TEXT = re.compile(r"(?<![A-Za-z])None(?![A-Za-z])")
EC2_TYPES = ("aws:eks/nodeGroup:NodeGroup", "aws:ec2/instance:Instance", "aws:ec2/launchTemplate:LaunchTemplate")


def leaves(type: str, inputs: Values) -> Iterator[Leaf]:
    """What these rules say of one resource's inputs."""
    for path, value in flat(inputs):
        name = re.sub(r"\[\d+\]$", "", path).rpartition(".")[2]
        if isinstance(value, str):
            yield from _text(type, path, name, value)
        elif name in ("fromPort", "toPort") and isinstance(value, int):
            wrong = not -1 <= value <= 65535
            yield Leaf(path, value, True, "allowed is 0 to 65535, or -1 for all ICMP" if wrong else None)
    for check in (*BY_TYPE.get(type, ()), *((_tags,) if type.startswith("aws:") else ())):
        yield from check(inputs)


def _text(type: str, path: str, name: str, value: str) -> Iterator[Leaf]:
    if value.startswith("arn:") and "${" not in value:
        yield Leaf(
            path,
            value,
            True,
            None
            if ARN.fullmatch(value)
            else "allowed is an ARN of six parts: arn:partition:service:region:account:resource",
        )
    elif re.search(r"[cC]idr(Blocks?|Ipv4)?$", name):
        yield Leaf(path, value, True, _range(value))
    elif name in ("instanceType", "instanceTypes") and type in EC2_TYPES:
        known = ec2_instance_types()
        yield Leaf(path, value, True, None if value in known else f"allowed is one of {some(known, value)}")
    elif name == "scheduleExpression":
        yield Leaf(path, value, True, schedule_fault(value))
    if NONE_IN_TEXT.search(value) and not path.startswith("tags") and "escription" not in name:
        yield Leaf(path, value, True, "a missing output became the word None")


def _range(value: str) -> str | None:
    try:
        ip_network(value)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        return f"allowed is a range of addresses such as 10.0.0.0/16: {error}"
    return None


@cache
def ec2_instance_types() -> frozenset[str]:
    """Every EC2 instance type that the EC2 API knows."""
    from estate.cloud.models import service_model

    return frozenset(service_model("ec2").shape_for("InstanceType").enum)


@cache
def ml_instance_types(kind: str) -> frozenset[str]:
    """SageMaker's instance types for `Training`, `Processing` or `ProductionVariant`."""
    from estate.cloud.models import service_model

    return frozenset(service_model("sagemaker").shape_for(f"{kind}InstanceType").enum)


def schedule_fault(text: str) -> str | None:
    """What is wrong with an EventBridge schedule; None where nothing is."""
    rate = RATE.fullmatch(text)
    if rate is not None:
        plural = rate[3] == "s"
        if int(rate[1]) < 1 or plural is (int(rate[1]) == 1):
            return "allowed is rate(1 hour) or rate(2 hours): the unit is plural unless the value is 1"
        return None
    if text.startswith("cron(") and text.endswith(")"):
        fields = text[5:-1].split()
        if len(fields) != 6:
            return (
                f"allowed is cron with six fields: minutes hours day-of-month month day-of-week year, not {len(fields)}"
            )
        return None if "?" in (fields[2], fields[4]) else "day-of-month or day-of-week of a cron must be `?`"
    if re.fullmatch(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)", text):
        return None
    return "allowed is rate(...), cron(...) or at(yyyy-mm-ddThh:mm:ss)"


def _tags(inputs: Values) -> Iterator[Leaf]:
    tags = inputs.get("tags")
    if not isinstance(tags, Mapping):
        return
    if len(tags) > 50:
        yield Leaf("tags", f"{len(tags)} tags", True, "allowed are 50")
    for key, value in tags.items():
        for text, longest, what in ((key, 128, "key"), (value, 256, "value")):
            if not isinstance(text, str) or len(text) > longest or TAG_TEXT.fullmatch(text) is None:
                said = f"a tag's {what} has at most {longest} letters, digits, spaces and _.:/=+-@"
                yield Leaf(f"tags.{key}", text, True, said)
        if key.lower().startswith("aws:"):
            yield Leaf(f"tags.{key}", key, True, "a tag's key must not start with aws:")


def _parameter(inputs: Values) -> Iterator[Leaf]:
    value, tier = inputs.get("value"), inputs.get("tier") or "Standard"
    if isinstance(value, str) and tier in PARAMETER_BYTES:
        size, most = len(value.encode()), PARAMETER_BYTES[tier]
        wrong = f"a parameter of tier {tier} holds {most} bytes" if size > most else None
        yield Leaf("value", f"{size} bytes", True, wrong)


def _bucket(inputs: Values) -> Iterator[Leaf]:
    name = inputs.get("bucket")
    if isinstance(name, str):
        said = "allowed are 3 to 63 lower case letters, digits, dots and hyphens; a letter or digit at both ends"
        yield Leaf("bucket", name, True, None if BUCKET.fullmatch(name) else said)


def _function(inputs: Values) -> Iterator[Leaf]:
    seconds = inputs.get("timeout")
    if isinstance(seconds, int):
        yield Leaf("timeout", seconds, True, None if 1 <= seconds <= 900 else "allowed is 1 to 900 seconds")


BY_TYPE: Mapping[str, tuple[Callable[[Values], Iterator[Leaf]], ...]] = {
    "aws:lambda/function:Function": (_function,),
    "aws:s3/bucket:Bucket": (_bucket,),
    "aws:ssm/parameter:Parameter": (_parameter,),
}


def subnets(goals: list[Goal], ids: Mapping[str, str]) -> Iterator[tuple[Goal, Leaf]]:
    """Subnets lie inside their VPC's range and do not overlap. `ids` are ids by URN."""
    ranges: dict[str, IPv4Network] = {}
    for goal in goals:
        if goal.type == "aws:ec2/vpc:Vpc" and goal.urn in ids:
            found = _network(goal.inputs.get("cidrBlock"))
            if found is not None:
                ranges[ids[goal.urn]] = found
    taken: dict[str, list[tuple[str, IPv4Network]]] = {}
    for goal in goals:
        own = _network(goal.inputs.get("cidrBlock")) if goal.type == "aws:ec2/subnet:Subnet" else None
        vpc = str(goal.inputs.get("vpcId"))
        if own is None:
            continue
        if vpc in ranges and not own.subnet_of(ranges[vpc]):
            yield goal, Leaf("cidrBlock", str(own), True, f"allowed is a part of the VPC's {ranges[vpc]}")
        if not 16 <= own.prefixlen <= 28:
            yield goal, Leaf("cidrBlock", str(own), True, "allowed is a /16 to a /28")
        for name, other in taken.setdefault(vpc, []):
            if own.overlaps(other):
                yield goal, Leaf("cidrBlock", str(own), True, f"{name} has {other} of the same VPC")
        taken[vpc].append((goal.name, own))


def _network(text: Any) -> IPv4Network | None:
    try:
        return IPv4Network(text)
    except (AddressValueError, NetmaskValueError, ValueError, TypeError):
        return None


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from flat(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from flat(item, f"{path}[{index}]")
    else:
        yield path, value
