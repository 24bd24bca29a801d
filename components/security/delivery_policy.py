"""What a workflow that deploys the estate may do."""

from components.base import Placement
from components.documents import Statement, Text
from components.security.statements import own_buckets, stay_in_region

SERVICES = (
    "apigateway",
    "application-autoscaling",
    "athena",
    "autoscaling",
    "budgets",
    "cloudtrail",
    "cloudwatch",
    "config",
    "dynamodb",
    "ec2",
    "ecr",
    "eks",
    "elasticloadbalancing",
    "events",
    "glue",
    "kinesis",
    "lambda",
    "logs",
    "pipes",
    "sagemaker",
    "scheduler",
    "sns",
    "sqs",
    "ssm",
    "tag",
)
# Services to which the estate's roles are handed.
RUNNERS = ("config", "ec2", "eks", "lambda", "pipes", "sagemaker", "scheduler", "ssm", "vpc-flow-logs")
LINKED_SERVICES = (
    "autoscaling",
    "config",
    "eks",
    "eks-nodegroup",
    "ops.apigateway",
    "sagemaker.application-autoscaling",
)


def delivery_statements(placement: Placement, boundary_arn: Text, role_arn: str, policy_arn: str) -> list[Statement]:
    """Statements of the delivery role `role_arn`, whose policy is `policy_arn`.

    It creates roles under the environment's path only, and only with the boundary `boundary_arn`. It can neither stop
    the audit trail nor delete a key: an administrator takes an environment down.
    """
    return [
        *_work(placement),
        *_roles(placement, boundary_arn),
        *_limits(placement, own=[role_arn, policy_arn, boundary_arn]),
    ]


def _work(placement: Placement) -> list[Statement]:
    """Services, buckets and keys."""
    return [
        {
            "Sid": "DeployTheEstate",
            "Effect": "Allow",
            "Action": [f"{service}:*" for service in SERVICES],
            "Resource": "*",
        },
        own_buckets(placement),
        {
            "Sid": "AccountsKeys",
            "Effect": "Allow",
            "Action": "kms:*",
            "Resource": [placement.arn("kms", "key/*"), placement.arn("kms", "alias/*")],
        },
        {
            "Sid": "LookAround",
            "Effect": "Allow",
            "Action": ["iam:Get*", "iam:List*", "kms:CreateKey", "kms:List*", "sts:GetCallerIdentity"],
            "Resource": "*",
        },
    ]


def _roles(placement: Placement, boundary_arn: Text) -> list[Statement]:
    """Making, tending and handing on the estate's roles, and what services and clusters need of IAM."""
    roles = placement.iam_arn("role", "*")
    account = f"arn:{placement.partition}:iam::{placement.account_id}"
    clusters = f"{account}:oidc-provider/oidc.eks.{placement.region}.amazonaws.com/*"
    return [
        {
            "Sid": "MakeBoundedRoles",
            "Effect": "Allow",
            "Action": [
                "iam:AttachRolePolicy",
                "iam:CreateRole",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
            ],
            "Resource": roles,
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary_arn}},
        },
        {
            "Sid": "TendRoles",
            "Effect": "Allow",
            "Action": [
                "iam:AddRoleToInstanceProfile",
                "iam:CreateInstanceProfile",
                "iam:DeleteInstanceProfile",
                "iam:DeleteRole",
                "iam:RemoveRoleFromInstanceProfile",
                "iam:TagInstanceProfile",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
                "iam:UpdateRoleDescription",
            ],
            "Resource": [roles, placement.iam_arn("instance-profile", "*")],
        },
        {
            "Sid": "HandOnRoles",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": roles,
            "Condition": {"StringEquals": {"iam:PassedToService": [f"{each}.amazonaws.com" for each in RUNNERS]}},
        },
        {
            "Sid": "TrustOwnClusters",
            "Effect": "Allow",
            "Action": [
                "iam:CreateOpenIDConnectProvider",
                "iam:DeleteOpenIDConnectProvider",
                "iam:TagOpenIDConnectProvider",
            ],
            "Resource": clusters,
        },
        {
            "Sid": "LinkServices",
            "Effect": "Allow",
            "Action": "iam:CreateServiceLinkedRole",
            "Resource": f"{account}:role/aws-service-role/*",
            "Condition": {
                "StringEquals": {"iam:AWSServiceName": [f"{each}.amazonaws.com" for each in LINKED_SERVICES]}
            },
        },
    ]


def _limits(placement: Placement, own: list[Text]) -> list[Statement]:
    """What is denied, whatever else allows it: changing `own`, teardown, roles without a boundary, other regions."""
    return [
        {
            "Sid": "NotItself",
            "Effect": "Deny",
            "Action": [
                "iam:Attach*",
                "iam:Create*",
                "iam:Delete*",
                "iam:Detach*",
                "iam:Put*",
                "iam:Set*",
                "iam:Tag*",
                "iam:Untag*",
                "iam:Update*",
            ],
            "Resource": own,
        },
        {
            "Sid": "NoTeardown",
            "Effect": "Deny",
            "Action": [
                "cloudtrail:DeleteTrail",
                "cloudtrail:StopLogging",
                "kms:DisableKey",
                "kms:ScheduleKeyDeletion",
                "s3:BypassGovernanceRetention",
            ],
            "Resource": "*",
        },
        {
            "Sid": "NoRoleWithoutBoundary",
            "Effect": "Deny",
            "Action": "iam:DeleteRolePermissionsBoundary",
            "Resource": "*",
        },
        stay_in_region(placement),
    ]


def become(role_arn: str | None) -> list[Statement]:
    """What it takes to assume the role `role_arn`, if there is one."""
    if role_arn is None:
        return []
    return [{"Sid": "BecomeDeployer", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn}]
