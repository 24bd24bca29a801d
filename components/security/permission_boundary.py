"""The most that any role of the estate may ever do, whatever is attached to it later."""

import pulumi
from pulumi_aws import iam

from components.base import Args, Component, Placement
from components.documents import Statement, document
from components.names import Limit
from components.security.statements import attach_denial, own_buckets, stay_in_region

# What jobs, models, handlers, cluster nodes and persons work with. IAM is not among them.
SERVICES = (
    "appconfig",
    "application-autoscaling",
    "aps",
    "athena",
    "autoscaling",
    "backup",
    "backup-storage",
    "cloudwatch",
    "codebuild",
    "codeconnections",
    "config",
    "dynamodb",
    "ec2",
    "ecr",
    "eks",
    "eks-auth",
    "elasticfilesystem",
    "elasticloadbalancing",
    "emr-serverless",
    "events",
    "execute-api",
    "firehose",
    "fis",
    "fsx",
    "glue",
    "kafka",
    "kafka-cluster",
    "kinesis",
    "lakeformation",
    "lambda",
    "logs",
    "rum",
    "sagemaker",
    "sagemaker-mlflow",
    "scheduler",
    "signer",
    "sns",
    "sqs",
    "ssm",
    "ssmmessages",
    "states",
    "synthetics",
    "tag",
    "xray",
)
# What tells about the account: a service here is read and never changed. AWS Config records as a role of the estate:
# what that cannot read, no rule of a conformance pack ever finds.
READ = (
    "access-analyzer:Get*",
    "access-analyzer:List*",
    "acm:Describe*",
    "acm:List*",
    "apigateway:GET",
    "budgets:Describe*",
    "budgets:View*",
    "ce:Get*",
    "ce:List*",
    "cloudtrail:Describe*",
    "cloudtrail:Get*",
    "cloudtrail:List*",
    "cloudtrail:LookupEvents",
    "cognito-identity:Describe*",
    "cognito-identity:List*",
    "cognito-idp:Describe*",
    "cognito-idp:Get*",
    "cognito-idp:List*",
    "grafana:Describe*",
    "grafana:List*",
    "guardduty:Get*",
    "guardduty:List*",
    "iam:Get*",
    "iam:List*",
    "kms:List*",
    "macie2:Describe*",
    "macie2:Get*",
    "macie2:List*",
    "organizations:Describe*",
    "organizations:List*",
    "pricing:GetProducts",
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucket*",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListAllMyBuckets",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:ListSecrets",
    "securityhub:BatchGet*",
    "securityhub:Describe*",
    "securityhub:Get*",
    "securityhub:List*",
    "sts:GetCallerIdentity",
    "wafv2:Get*",
    "wafv2:List*",
)
# Where AWS Backup restores a bucket as a test; it deletes what it made (AWSServiceRolePolicyForBackupRestoreTesting).
RESTORED = "awsbackup-restore-test-*"
# Services that roles of the estate hand a role on to, each of which carries this boundary too.
HANDED_TO = ("backup", "ec2", "emr-serverless", "fis", "sagemaker")


class PermissionBoundaryArgs(Args):
    placement: Placement


class PermissionBoundary(Component):
    """A managed policy that every role of the estate carries as its permission boundary.

    A protected environment keeps it, as what it keeps has roles that carry it.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: PermissionBoundaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:security:PermissionBoundary", name, args.placement, opts)
        place = args.placement
        policy = iam.Policy(
            f"{name}-policy",
            name=place.named("boundary", limit=Limit.IAM_ROLE),
            path=place.path,
            description="The most that a role of the estate may ever do",
            policy=document(*boundary_statements(place)),
            opts=self.guarding_child(),
        )
        self.arn = policy.arn
        self.register_outputs({"arn": self.arn})


def boundary_statements(placement: Placement) -> list[Statement]:
    """Allows the services that the estate works with; denies escalation, other regions, and blinding the auditor."""
    return [*_allowed(placement), *_denied(placement)]


def _allowed(placement: Placement) -> list[Statement]:
    return [
        {
            "Sid": "WhatTheEstateWorksWith",
            "Effect": "Allow",
            "Action": [f"{service}:*" for service in SERVICES],
            "Resource": "*",
        },
        own_buckets(placement),
        {
            "Sid": "BucketsRestoredAsATest",
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": placement.s3_arn(RESTORED),
        },
        {
            "Sid": "Keys",
            "Effect": "Allow",
            "Action": "kms:*",
            "Resource": f"arn:{placement.partition}:kms:{placement.region}:*:key/*",
        },
        {"Sid": "LookAround", "Effect": "Allow", "Action": list(READ), "Resource": "*"},
        {
            "Sid": "OwnSecrets",
            "Effect": "Allow",
            "Action": "secretsmanager:*",
            "Resource": placement.arn("secretsmanager", f"secret:{placement.prefix}-*"),
        },
        {
            "Sid": "ConsumersKeys",
            "Effect": "Allow",
            "Action": ["apigateway:DELETE", "apigateway:POST"],
            "Resource": [
                f"arn:{placement.partition}:apigateway:{placement.region}::/{path}"
                for path in ("apikeys*", "usageplans/*/keys*")
            ],
        },
        {"Sid": "Passwords", "Effect": "Allow", "Action": "secretsmanager:GetRandomPassword", "Resource": "*"},
        {
            "Sid": "BecomeOwnRoles",
            "Effect": "Allow",
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Resource": placement.iam_arn("role", "*"),
        },
        attach_denial(placement, placement.iam_arn("role", "*")),
        {
            "Sid": "HandOnOwnRoles",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": placement.iam_arn("role", "*"),
            "Condition": {"StringEquals": {"iam:PassedToService": [f"{each}.amazonaws.com" for each in HANDED_TO]}},
        },
    ]


def _denied(placement: Placement) -> list[Statement]:
    return [
        stay_in_region(placement),
        {
            "Sid": "LeaveTheAuditAlone",
            "Effect": "Deny",
            "Action": [
                "cloudtrail:Delete*",
                "cloudtrail:Put*",
                "cloudtrail:StopLogging",
                "cloudtrail:Update*",
                "config:Delete*",
                "config:StopConfigurationRecorder",
                "ec2:DeleteFlowLogs",
                "logs:DeleteLogGroup",
                "logs:PutRetentionPolicy",
                "s3:BypassGovernanceRetention",
                "s3:PutObjectRetention",
            ],
            "Resource": "*",
        },
        {
            "Sid": "LeaveBucketsAsTheyAre",
            "Effect": "Deny",
            "Action": [
                "s3:DeleteBucket",
                "s3:DeleteBucketPolicy",
                "s3:PutBucketPolicy",
                "s3:PutBucketObjectLockConfiguration",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
            ],
            "Resource": placement.s3_arn(f"{placement.prefix}-*"),
        },
        {
            "Sid": "LeaveKeysAlone",
            "Effect": "Deny",
            "Action": [
                "kms:DeleteAlias",
                "kms:DisableKey",
                "kms:DisableKeyRotation",
                "kms:PutKeyPolicy",
                "kms:ScheduleKeyDeletion",
            ],
            "Resource": "*",
        },
    ]
