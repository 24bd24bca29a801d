"""What a node of a HyperPod cluster may do beside reporting to SageMaker, which AWS's policy for it covers."""

import pulumi

from components.base import Placement
from components.documents import Statement, Text, lend_key

# From SageMaker's guide, "IAM role for SageMaker HyperPod", the part for clusters that EKS schedules.
INTERFACES = (
    "AssignPrivateIpAddresses",
    "AttachNetworkInterface",
    "CreateNetworkInterface",
    "CreateNetworkInterfacePermission",
    "DeleteNetworkInterface",
    "DeleteNetworkInterfacePermission",
    "DetachNetworkInterface",
    "ModifyNetworkInterfaceAttribute",
    "UnassignPrivateIpAddresses",
)
DESCRIBES = (
    "DescribeDhcpOptions",
    "DescribeInstances",
    "DescribeInstanceTypes",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeTags",
    "DescribeVpcs",
)


def node_statements(
    place: Placement, cluster: str, bucket: Text, prefix: str, bucket_key_arn: Text, key_arn: Text
) -> list[Statement]:
    """The policy of nodes that join the Kubernetes cluster named `cluster`."""
    interfaces = [
        place.arn("ec2", f"{kind}/*") for kind in ("network-interface", "subnet", "security-group", "instance")
    ]
    return [
        {"Sid": "JoinNetwork", "Effect": "Allow", "Action": [f"ec2:{a}" for a in INTERFACES], "Resource": interfaces},
        {"Sid": "SeeNetwork", "Effect": "Allow", "Action": [f"ec2:{a}" for a in DESCRIBES], "Resource": "*"},
        {
            "Sid": "NameInterfaces",
            "Effect": "Allow",
            "Action": "ec2:CreateTags",
            "Resource": place.arn("ec2", "network-interface/*"),
        },
        {
            "Sid": "PodsRoles",
            "Effect": "Allow",
            "Action": ["eks:DescribeCluster", "eks-auth:AssumeRoleForPodIdentity"],
            "Resource": place.arn("eks", f"cluster/{cluster}"),
        },
        {"Sid": "LogInToEcr", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {
            "Sid": "PullImages",
            "Effect": "Allow",
            "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            # EKS's own images lie in accounts of AWS, one a region.
            "Resource": f"arn:{place.partition}:ecr:{place.region}:*:repository/*",
        },
        *_script(bucket, prefix, bucket_key_arn, place),
        {
            "Sid": "EncryptVolumes",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"],
            "Resource": key_arn,
        },
        lend_key("LendKeyToVolumes", key_arn),
    ]


def _script(bucket: Text, prefix: str, key_arn: Text, place: Placement) -> list[Statement]:
    arn = pulumi.Output.concat(f"arn:{place.partition}:s3:::", bucket)
    return [
        {
            "Sid": "ReadScript",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": pulumi.Output.concat(arn, f"/{prefix}/*"),
        },
        {
            "Sid": "ListScripts",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": arn,
            "Condition": {"StringLike": {"s3:prefix": f"{prefix}/*"}},
        },
        {"Sid": "DecryptScript", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": key_arn},
    ]
