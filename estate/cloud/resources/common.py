"""What rows of one service share."""

from collections.abc import Mapping
from typing import Any

OWNER = {"ownerId": "{account}"}


def capital(name: str) -> str:
    """`enableDns` as `EnableDns`."""
    return name[0].upper() + name[1:]


def lowered(name: str) -> str:
    """`EnableDns` as `enableDns`."""
    return name[0].lower() + name[1:]


def arn(kind: str) -> str:
    """Template of an EC2 resource's ARN."""
    return "arn:{partition}:ec2:{region}:{account}:" + kind + "/{id}"


def tag_specification(kind: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """Tags in the form in which EC2 takes them at creation."""
    return {"ResourceType": kind, "Tags": [{"Key": key, "Value": tags[key]} for key in sorted(tags)]}
