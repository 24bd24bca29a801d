"""What a workflow that deploys the estate may do."""

from components.base import Placement
from components.documents import Statement, Text
from components.security.permission_boundary import GLOBAL_SERVICES

SERVICES = (
    "application-autoscaling",
    "athena",
    "autoscaling",
    "budgets",
    "cloudtrail",
    "cloudwatch",
    "config",
    "ec2",
    "ecr",
    "eks",
    "elasticloadbalancing",
    "events",
    "glue",
    "lambda",
    "logs",
    "sagemaker",
    "scheduler",
    "sns",
    "sqs",
    "ssm",
    "tag",
)
# Services to which the estate's roles are handed.
RUNNERS = ("config", "ec2", "eks", "lambda", "sagemaker", "scheduler", "vpc-flow-logs")
LINKED_SERVICES = ("autoscaling", "config", "eks", "eks-nodegroup", "sagemaker.application-autoscaling")


def delivery_statements(placement: Placement, boundary_arn: Text, role_arn: str, policy_arn: str) -> list[Statement]:
    """Statements of the delivery role `role_arn`, whose policy is `policy_arn`.

    It creates roles under the environment's path only, and only with the boundary `boundary_arn`. It can neither stop
    the audit trail nor delete a key: an administrator takes an environment down.
    """
    roles = placement.iam_arn("role", "*")
    account = f"arn:{placement.partition}:iam::{placement.account_id}"
    clusters = f"{account}:oidc-provider/oidc.eks.{placement.region}.amazonaws.com/*"
    return [
        {
            "Sid": "DeployTheEstate",
            "Effect": "Allow",
            "Action": [f"{service}:*" for service in SERVICES],
            "Resource": "*",
        },
        {
            "Sid": "OwnBuckets",
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": [placement.s3_arn(f"{placement.prefix}-*"), placement.s3_arn(f"{placement.prefix}-*/*")],
        },
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
            "Resource": [role_arn, policy_arn, boundary_arn],
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
        {
            "Sid": "StayInRegion",
            "Effect": "Deny",
            "NotAction": list(GLOBAL_SERVICES),
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": placement.region}},
        },
    ]


def become(role_arn: str | None) -> list[Statement]:
    """What it takes to assume the role `role_arn`, if there is one."""
    if role_arn is None:
        return []
    return [{"Sid": "BecomeDeployer", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn}]
