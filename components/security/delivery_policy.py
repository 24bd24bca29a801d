"""What a workflow that deploys the estate may do."""

from components.base import Placement
from components.documents import Statement, Text
from components.security.statements import own_buckets, stay_in_region

# Those whose resources are named by the service, so that only the account and the region bound them.
SERVICES = (
    "apigateway",
    "appconfig",
    "application-autoscaling",
    "aps",
    "athena",
    "autoscaling",
    "backup",
    "backup-storage",
    "budgets",
    "ce",
    "cloudtrail",
    "cloudwatch",
    "cognito-identity",
    "cognito-idp",
    "config",
    "dynamodb",
    "ec2",
    "ecr",
    "elasticloadbalancing",
    "emr-serverless",
    "events",
    "fis",
    "fsx",
    "glue",
    "grafana",
    "guardduty",
    "kafka",
    "kafka-cluster",
    "kinesis",
    "lakeformation",
    "logs",
    "macie2",
    "pipes",
    "rum",
    "sagemaker",
    "scheduler",
    "securityhub",
    "signer",
    "sns",
    "sqs",
    "ssm",
    "synthetics",
    "tag",
    "wafv2",
    "xray",
)
# Those in which names bound what CI reaches, by what stands before a name in their ARNs. Whoever changes another's
# function, project or cluster has its rights. A canary of Synthetics makes a function and a layer, `cwsyn-<canary>-…`.
OWN_NAMES = {
    "access-analyzer": ("analyzer/",),
    "codebuild": ("project/",),
    "eks": ("*/",),
    "firehose": ("deliverystream/",),
    "lambda": ("*:", "*:cwsyn-"),
    "secretsmanager": ("secret:",),
}
# Of CloudFormation only what Cloud Control is: one resource at a time, made with the caller's own permissions.
CLOUD_CONTROL = ("CreateResource", "DeleteResource", "GetResource", "GetResourceRequestStatus", "UpdateResource")
# Services to which the estate's roles are handed.
RUNNERS = (
    "apigateway",
    "appconfig",
    "backup",
    "budgets",
    "codebuild",
    "cognito-identity",
    "config",
    "ec2",
    "eks",
    "emr-serverless",
    "firehose",
    "fis",
    "glue",
    "grafana",
    "lakeformation",
    "lambda",
    "pipes",
    "pods.eks",
    "sagemaker",
    "scheduler",
    "ssm",
    "vpc-flow-logs",
)
# Services that make roles of their own, whose rights AWS alone says; `*` stands for what comes before or after.
LINKED_SERVICES = (
    "*backup",
    "*fsx",
    "*guardduty",
    "*sagemaker*",
    "access-analyzer",
    "autoscaling",
    "config*",
    "eks*",
    "fis",
    "grafana",
    "kafka",
    "lakeformation",
    "macie",
    "ops.apigateway",
    "ops.emr-serverless",
    "pullthroughcache.ecr",
    "replication.ecr",
    "rum",
    "scraper.aps",
    "securityhub",
    "spot",
)


def delivery_statements(placement: Placement, boundary_arn: Text, role_arn: str, policy_arn: str) -> list[Statement]:
    """Statements of the delivery role `role_arn`, whose policy is `policy_arn`.

    It creates roles under the environment's path only, and only with the boundary `boundary_arn`. It can neither stop
    the audit trail or a detector, nor delete a key: an administrator takes an environment down. It makes secrets and
    never reads one.
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
        {
            "Sid": "OwnNames",
            "Effect": "Allow",
            "Action": [f"{service}:*" for service in OWN_NAMES],
            "Resource": [
                placement.arn(service, f"{before}{placement.prefix}-*")
                for service, all_before in OWN_NAMES.items()
                for before in all_before
            ],
        },
        {
            "Sid": "CloudControl",
            "Effect": "Allow",
            "Action": [f"cloudformation:{action}" for action in CLOUD_CONTROL],
            "Resource": "*",
        },
        own_buckets(placement),
        {
            "Sid": "AccountsKeys",
            "Effect": "Allow",
            "Action": "kms:*",
            "Resource": placement.arn("kms", "*"),
        },
        {
            "Sid": "LookAround",
            "Effect": "Allow",
            "Action": [
                # A connection is handed to CodeBuild; AWS counts that as reading it.
                "codeconnections:PassConnection",
                "iam:Get*",
                "iam:List*",
                "kms:CreateKey",
                "kms:List*",
                "lambda:GetLayerVersion",  # of AWS, as functions that are traced have one
                "sts:GetCallerIdentity",
            ],
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
            "Action": ["iam:*RolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary"],
            "Resource": roles,
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary_arn}},
        },
        {
            "Sid": "TendRoles",
            "Effect": "Allow",
            "Action": [
                "iam:*InstanceProfile",
                "iam:CreatePolicy*",
                "iam:DeletePolicy*",
                "iam:DeleteRole",
                "iam:Tag*",
                "iam:Untag*",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole*",
            ],
            "Resource": [placement.iam_arn(kind, "*") for kind in ("instance-profile", "policy", "role")],
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
            "Action": "iam:*OpenIDConnectProvider",
            "Resource": clusters,
        },
        {
            "Sid": "LinkServices",
            "Effect": "Allow",
            "Action": "iam:CreateServiceLinkedRole",
            "Resource": f"{account}:role/aws-service-role/*",
            "Condition": {"StringLike": {"iam:AWSServiceName": [f"{each}.amazonaws.com" for each in LINKED_SERVICES]}},
        },
        {
            # FSx writes into its role which bucket a file system is linked to, in the name of who links it.
            "Sid": "LinkTheLake",
            "Effect": "Allow",
            "Action": ["iam:AttachRolePolicy", "iam:PutRolePolicy"],
            "Resource": f"{account}:role/aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/*",
        },
    ]


def _limits(placement: Placement, own: list[Text]) -> list[Statement]:
    """What is denied, whatever else allows it: changing `own`, teardown, the rights of others, other regions."""
    return [
        {
            "Sid": "NotItself",
            "Effect": "Deny",
            "NotAction": ["iam:Get*", "iam:List*"],
            "Resource": own,
        },
        {
            "Sid": "NoTeardown",
            "Effect": "Deny",
            "Action": [
                "cloudtrail:DeleteTrail",
                "cloudtrail:StopLogging",
                "config:DeleteConfigurationRecorder",
                "config:StopConfigurationRecorder",
                "guardduty:DeleteDetector",
                "kms:DisableKey",
                "kms:ScheduleKeyDeletion",
                "macie2:DisableMacie",
                "s3:BypassGovernanceRetention",
                "securityhub:DisableSecurityHub",
            ],
            "Resource": "*",
        },
        {
            "Sid": "NoRightsOfOthers",
            "Effect": "Deny",
            "Action": [
                "glue:*DevEndpoint",
                "glue:*Job*",
                "glue:RunStatement",
                "iam:DeleteRolePermissionsBoundary",
                "sagemaker:CreatePresigned*",
                "secretsmanager:GetSecretValue",
                "ssm:SendCommand",
                "ssm:StartSession",
            ],
            "Resource": "*",
        },
        stay_in_region(placement),
    ]


def become(role_arn: str | None) -> list[Statement]:
    """What it takes to assume the role `role_arn`, if there is one."""
    if role_arn is None:
        return []
    return [{"Sid": "BecomeDeployer", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn}]
