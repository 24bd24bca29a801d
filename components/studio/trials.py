"""Jobs that people try out from Studio: inside the network, on named machines, as the role of their apps."""

from collections.abc import Sequence

from components.base import Placement
from components.documents import Statement, Text
from components.images.repositories import PULL


def trials(
    place: Placement,
    own_arn: Text,
    repository_arns: Sequence[Text],
    subnet_ids: Sequence[Text],
    instance_types: Sequence[str],
) -> list[Statement]:
    """Statements of a role `own_arn` that hands itself to its jobs: what a job may do is no more than what the app may.

    A job outside the network could carry the lake anywhere: `subnet_ids` are where it must run.
    """
    kinds = ("ProcessingJob", "TrainingJob")
    jobs = [place.arn("sagemaker", f"{kind}/studio-*") for kind in ("processing-job", "training-job")]
    return [
        {
            "Sid": "TryOut",
            "Effect": "Allow",
            "Action": [f"sagemaker:Create{kind}" for kind in kinds],
            "Resource": jobs,
            "Condition": {
                "Null": {"sagemaker:InstanceTypes": "false", "sagemaker:VpcSubnets": "false"},
                "ForAllValues:StringLike": {"sagemaker:InstanceTypes": list(instance_types)},
                "ForAllValues:StringEquals": {"sagemaker:VpcSubnets": list(subnet_ids)},
            },
        },
        {
            "Sid": "TendTrials",
            "Effect": "Allow",
            "Action": [
                "sagemaker:AddTags",
                *(f"sagemaker:{verb}{kind}" for kind in kinds for verb in ("Describe", "Stop")),
            ],
            "Resource": jobs,
        },
        {
            "Sid": "HandOwnRoleToTrials",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": own_arn,
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        },
        {"Sid": "PullImages", "Effect": "Allow", "Action": PULL, "Resource": list(repository_arns)},
        # The token has no ARN; which images it opens, the statement above says.
        {"Sid": "LogInToEcr", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        *_interfaces(place),
    ]


def _interfaces(place: Placement) -> list[Statement]:
    """SageMaker puts a job's network interface into the subnets in the role's name."""
    return [
        {
            "Sid": "DescribeNetwork",
            "Effect": "Allow",
            "Action": [
                *("ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
                *("ec2:DescribeSubnets", "ec2:DescribeVpcs"),
            ],
            "Resource": "*",
        },
        {
            "Sid": "JoinNetwork",
            "Effect": "Allow",
            "Action": [
                f"ec2:{verb}NetworkInterface{what}" for verb in ("Create", "Delete") for what in ("", "Permission")
            ],
            "Resource": [place.arn("ec2", f"{kind}/*") for kind in ("network-interface", "subnet", "security-group")],
        },
    ]
