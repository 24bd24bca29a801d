"""Statements that several of the estate's policies share."""

from collections.abc import Sequence

from components.base import Placement
from components.documents import Statement, Text
from components.names import Limit

# Their calls are answered elsewhere, whatever the region of the caller.
GLOBAL_SERVICES = (
    "iam:*",
    "sts:*",
    "budgets:*",
    "ce:*",
    "organizations:*",
    "pricing:*",
    "s3:GetBucketLocation",
    "s3:ListAllMyBuckets",
)


def own_buckets(placement: Placement) -> Statement:
    """Everything in the environment's own buckets, which its names tell: `*` stands for the paths of objects too."""
    return {
        "Sid": "OwnBuckets",
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": placement.s3_arn(f"{placement.prefix}-*"),
    }


def stay_in_region(placement: Placement) -> Statement:
    """Nothing in another region, but for services that have none."""
    return {
        "Sid": "StayInRegion",
        "Effect": "Deny",
        "NotAction": list(GLOBAL_SERVICES),
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": placement.region}},
    }


def denial_name(placement: Placement) -> str:
    """Name of the policy that denies roles to start anything once a month's money is spent."""
    return placement.named("spend-stop-denial", limit=Limit.IAM_ROLE)


def attach_denial(placement: Placement, roles: Text | Sequence[Text]) -> Statement:
    """Permission to attach that denial to `roles`, and to take it off; of all policies only this one."""
    return {
        "Sid": "AttachTheDenial",
        "Effect": "Allow",
        "Action": ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
        "Resource": roles,
        "Condition": {"ArnEquals": {"iam:PolicyARN": placement.iam_arn("policy", denial_name(placement))}},
    }
