"""Which faults there are: what each does, to what, and what it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.base import Placement
from components.documents import Statement

FIS_TAG = "managedByFIS"  # on the lists that FIS makes; AWSFaultInjectionSimulatorNetworkAccess goes by it


@dataclass(frozen=True)
class Fault:
    """One action of AWS FIS on one target; parameters are FIS's own."""

    says: str
    action: str
    target: str  # key by which the action knows its target
    type: str  # resource type of the target
    selection: str = "ALL"
    by_tags: bool = True  # else by ARN: subnets
    tags: Mapping[str, str] = field(default_factory=dict)  # in place of the environment's own
    parameters: Mapping[str, str] = field(default_factory=dict)
    filters: Sequence[tuple[str, str]] = ()


def faults(minutes: int, percent: int, cluster: str | None) -> dict[str, Fault]:
    """All faults by name. Those on nodes need the name of a cluster."""
    found = {
        "zone-cut": Fault(
            "The subnets of one zone reach no other zone",
            "aws:network:disrupt-connectivity",
            "Subnets",
            "aws:ec2:subnet",
            selection="COUNT(1)",
            by_tags=False,
            parameters={"duration": f"PT{minutes}M", "scope": "availability-zone"},
        )
    }
    if cluster is not None:
        found["lost-nodes"] = Fault(
            f"{percent} % of the nodes of every group are terminated",
            "aws:eks:terminate-nodegroup-instances",
            "Nodegroups",
            "aws:eks:nodegroup",
            parameters={"instanceTerminationPercentage": str(percent)},
        )
        found["spot-interruption"] = Fault(
            "Spot nodes get notice and are taken two minutes later",
            "aws:ec2:send-spot-instance-interruptions",
            "SpotInstances",
            "aws:ec2:spot-instance",
            selection=f"PERCENT({percent})",
            tags={"eks:cluster-name": cluster},
            parameters={"durationBeforeInterruption": "PT2M"},
            filters=(("State.Name", "running"),),
        )
    return found


def permissions(place: Placement, names: Sequence[str], tags: Mapping[str, str]) -> list[Statement]:
    """What the role of these faults may do: AWS's own lists by action, on what carries the environment's tags."""
    by_fault = {
        "lost-nodes": _terminate_nodes(place),
        "spot-interruption": _interrupt_spot(place),
        "zone-cut": _cut_subnets(place, tags),
    }
    return [statement for name in sorted(names) for statement in by_fault[name]]


def _terminate_nodes(place: Placement) -> list[Statement]:
    return [
        {
            "Sid": "FindNodes",
            "Effect": "Allow",
            "Action": ["ec2:DescribeInstances", "eks:DescribeNodegroup", "tag:GetResources"],
            "Resource": "*",
        },
        {
            "Sid": "TerminateNodes",
            "Effect": "Allow",
            "Action": "ec2:TerminateInstances",
            "Resource": place.arn("ec2", "instance/*"),
            "Condition": {"StringLike": {"aws:ResourceTag/eks:cluster-name": f"{place.prefix}-*"}},
        },
    ]


def _interrupt_spot(place: Placement) -> list[Statement]:
    return [
        {"Sid": "FindSpot", "Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"},
        {
            "Sid": "InterruptSpot",
            "Effect": "Allow",
            "Action": "ec2:SendSpotInstanceInterruptions",
            "Resource": place.arn("ec2", "instance/*"),
            "Condition": {"StringLike": {"aws:ResourceTag/eks:cluster-name": f"{place.prefix}-*"}},
        },
    ]


def _cut_subnets(place: Placement, tags: Mapping[str, str]) -> list[Statement]:
    lists = place.arn("ec2", "network-acl/*")
    return [
        {
            "Sid": "LookAtNetwork",
            "Effect": "Allow",
            "Action": ["ec2:DescribeNetworkAcls", "ec2:DescribeSubnets", "ec2:DescribeVpcs"],
            "Resource": "*",
        },
        {
            "Sid": "MakeListOfVpc",
            "Effect": "Allow",
            "Action": "ec2:CreateNetworkAcl",
            "Resource": place.arn("ec2", "vpc/*"),
        },
        {
            # FIS makes a list of its own, which it marks, gives it to the subnet, and puts the old one back.
            "Sid": "MakeList",
            "Effect": "Allow",
            "Action": ["ec2:CreateNetworkAcl", "ec2:CreateTags"],
            "Resource": lists,
            "Condition": {"StringEquals": {f"aws:RequestTag/{FIS_TAG}": "true"}},
        },
        {
            "Sid": "FillAndDropList",
            "Effect": "Allow",
            "Action": ["ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAcl"],
            "Resource": lists,
            "Condition": {"StringEquals": {f"aws:ResourceTag/{FIS_TAG}": "true"}},
        },
        {
            "Sid": "UseLists",
            "Effect": "Allow",
            "Action": "ec2:ReplaceNetworkAclAssociation",
            "Resource": lists,
        },
        {
            # No subnet of somebody else, in an account that holds several environments.
            "Sid": "CutOwnSubnets",
            "Effect": "Allow",
            "Action": "ec2:ReplaceNetworkAclAssociation",
            "Resource": place.arn("ec2", "subnet/*"),
            "Condition": {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in sorted(tags.items())}},
        },
    ]
