"""Who may reach what through an endpoint of the network."""

from components.base import Placement
from components.documents import Statement

# IAM's prefix of a service where it is not the first word of the endpoint's name.
ACTION_PREFIXES = {
    "aps-workspaces": "aps",
    "kinesis-streams": "kinesis",
    "monitoring": "cloudwatch",
    "sagemaker.experiments": "sagemaker-mlflow",
}


def reachable(placement: Placement, service: str) -> list[Statement]:
    """Statements of an endpoint's policy: principals of this account only.

    Through the S3 endpoint only this account's buckets are reached, so that data cannot leave by it, and the bucket
    from which ECR serves image layers.
    """
    account = placement.account_id
    if service != "s3":
        prefix = ACTION_PREFIXES.get(service, service.partition(".")[0])
        return [_this_account(prefix, {"aws:PrincipalAccount": account})]
    layers = f"prod-{placement.region}-starport-layer-bucket"
    return [
        _this_account("s3", {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}),
        {
            "Sid": "ImageLayers",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "s3:GetObject",
            "Resource": placement.s3_arn(f"{layers}/*"),
        },
    ]


def _this_account(prefix: str, condition: dict[str, str]) -> Statement:
    return {
        "Sid": "ThisAccount",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": f"{prefix}:*",
        "Resource": "*",
        "Condition": {"StringEquals": condition},
    }
