"""What Karpenter's controller may do: make, tag and end nodes of its own cluster, and nothing else.

From the controller policy that Karpenter documents for v1 ("Reference / CloudFormation"), without the rights over
instance profiles, which are made with the cluster.
"""

from components.base import Placement
from components.documents import Statement, Text, lend_key

POOL = "karpenter.sh/nodepool"
MADE = ("fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request")
MAKES = ("RunInstances", "CreateFleet", "CreateLaunchTemplate")
READS = (
    "DescribeCapacityReservations",
    "DescribeImages",
    "DescribeInstances",
    "DescribeInstanceStatus",
    "DescribeInstanceTypeOfferings",
    "DescribeInstanceTypes",
    "DescribeLaunchTemplates",
    "DescribePlacementGroups",
    "DescribeSecurityGroups",
    "DescribeSpotPriceHistory",
    "DescribeSubnets",
)


def statements(
    place: Placement, cluster: str, node_role_arn: Text, queue_arn: Text, key_arn: Text, queue_key_arn: Text
) -> list[Statement]:
    """The controller's policy for the cluster named `cluster`."""
    return [
        *_makes(place, f"kubernetes.io/cluster/{cluster}"),
        *_tags_and_ends(place, f"kubernetes.io/cluster/{cluster}"),
        *_reads(place, cluster),
        *_keys(place, key_arn, queue_key_arn),
        {
            "Sid": "HandOnNodeRole",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": node_role_arn,
            "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        },
        {
            "Sid": "HearOfInterruptions",
            "Effect": "Allow",
            "Action": ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
            "Resource": queue_arn,
        },
    ]


def _makes(place: Placement, owned: str) -> list[Statement]:
    """New nodes carry the cluster's tag; what they are made of is images, subnets and groups that are there."""
    images = [f"arn:{place.partition}:ec2:{place.region}::{kind}/*" for kind in ("image", "snapshot")]
    ground = [place.arn("ec2", f"{kind}/*") for kind in ("security-group", "subnet", "capacity-reservation")]
    return [
        {
            "Sid": "StartFromWhatIsThere",
            "Effect": "Allow",
            "Action": ["ec2:RunInstances", "ec2:CreateFleet"],
            "Resource": [*images, *ground],
        },
        {
            "Sid": "StartFromOwnTemplates",
            "Effect": "Allow",
            "Action": ["ec2:RunInstances", "ec2:CreateFleet"],
            "Resource": place.arn("ec2", "launch-template/*"),
            "Condition": {
                "StringEquals": {f"aws:ResourceTag/{owned}": "owned"},
                "StringLike": {f"aws:ResourceTag/{POOL}": "*"},
            },
        },
        {
            "Sid": "MakeTagged",
            "Effect": "Allow",
            "Action": [f"ec2:{action}" for action in MAKES],
            "Resource": [place.arn("ec2", f"{kind}/*") for kind in MADE],
            "Condition": {
                "StringEquals": {f"aws:RequestTag/{owned}": "owned"},
                "StringLike": {f"aws:RequestTag/{POOL}": "*"},
            },
        },
    ]


def _tags_and_ends(place: Placement, owned: str) -> list[Statement]:
    """Tags as it makes something; a name and its claim later; and the end of what it made."""
    return [
        {
            "Sid": "TagWhatIsMade",
            "Effect": "Allow",
            "Action": "ec2:CreateTags",
            "Resource": [place.arn("ec2", f"{kind}/*") for kind in MADE],
            "Condition": {
                "StringEquals": {f"aws:RequestTag/{owned}": "owned", "ec2:CreateAction": list(MAKES)},
                "StringLike": {f"aws:RequestTag/{POOL}": "*"},
            },
        },
        {
            "Sid": "NameNodes",
            "Effect": "Allow",
            "Action": "ec2:CreateTags",
            "Resource": place.arn("ec2", "instance/*"),
            "Condition": {
                "StringEquals": {f"aws:ResourceTag/{owned}": "owned"},
                "StringLike": {f"aws:ResourceTag/{POOL}": "*"},
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]
                },
            },
        },
        {
            "Sid": "EndOwn",
            "Effect": "Allow",
            "Action": ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
            "Resource": [place.arn("ec2", "instance/*"), place.arn("ec2", "launch-template/*")],
            "Condition": {
                "StringEquals": {f"aws:ResourceTag/{owned}": "owned"},
                "StringLike": {f"aws:ResourceTag/{POOL}": "*"},
            },
        },
    ]


def _reads(place: Placement, cluster: str) -> list[Statement]:
    return [
        {
            "Sid": "LookAround",
            "Effect": "Allow",
            "Action": [f"ec2:{action}" for action in READS],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": place.region}},
        },
        {
            "Sid": "NewestImages",
            "Effect": "Allow",
            "Action": "ssm:GetParameter",
            "Resource": f"arn:{place.partition}:ssm:{place.region}::parameter/aws/service/*",
        },
        # Of the public price list; it has one region, and in a private network no way leads there.
        {"Sid": "Prices", "Effect": "Allow", "Action": "pricing:GetProducts", "Resource": "*"},
        {
            "Sid": "FindTheCluster",
            "Effect": "Allow",
            "Action": "eks:DescribeCluster",
            "Resource": place.arn("eks", f"cluster/{cluster}"),
        },
    ]


def _keys(place: Placement, key_arn: Text, queue_key_arn: Text) -> list[Statement]:
    """Volumes are encrypted in the name of who starts the node; messages are read in the reader's."""
    return [
        {
            "Sid": "EncryptVolumes",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"],
            "Resource": key_arn,
            "Condition": {"StringEquals": {"kms:ViaService": f"ec2.{place.region}.amazonaws.com"}},
        },
        lend_key("LendKeyToVolumes", key_arn),
        {"Sid": "ReadMessages", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": queue_key_arn},
    ]
