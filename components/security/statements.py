"""Statements that several of the estate's policies share."""

from components.base import Placement
from components.documents import Statement

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
    """Everything in the environment's own buckets, which its names tell."""
    return {
        "Sid": "OwnBuckets",
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": [placement.s3_arn(f"{placement.prefix}-*"), placement.s3_arn(f"{placement.prefix}-*/*")],
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
