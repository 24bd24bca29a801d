"""Service control policies: four documents, as a target takes five and AWS's own FullAWSAccess is one of them."""

from collections.abc import Sequence

from components.documents import Statement, Values

LONGEST = 5_120  # characters of one policy; quotas of AWS Organizations
# Services whose calls are answered in one region, whichever one the caller is in.
GLOBAL = (
    "account:*",
    "aws-portal:*",
    "billing:*",
    "budgets:*",
    "ce:*",
    "cloudfront:*",
    "consolidatedbilling:*",
    "cur:*",
    "globalaccelerator:*",
    "health:*",
    "iam:*",
    "identitystore:*",
    "invoicing:*",
    "organizations:*",
    "payments:*",
    "pricing:*",
    "route53:*",
    "route53domains:*",
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucketLocation",
    "s3:ListAllMyBuckets",
    "s3:PutAccountPublicAccessBlock",
    "shield:*",
    "sso:*",
    "sts:*",
    "support:*",
    "tag:GetResources",
    "tax:*",
    "trustedadvisor:*",
    "waf:*",
)

Condition = dict[str, dict[str, Values]]


def control_policies(regions: Sequence[str], exempt_roles: Sequence[str]) -> dict[str, list[Statement]]:
    """The policies by name: `account`, `audit`, `data`, `regions`.

    `exempt_roles` are the names of roles, with their paths, whom only `account` holds: nobody leaves the organisation.
    """
    others: Condition = {}
    if exempt_roles:
        others = {"ArnNotLike": {"aws:PrincipalArn": [f"arn:*:iam::*:role/{role}" for role in exempt_roles]}}
    return {
        "account": _account(),
        "audit": _audit(others),
        "data": [*_public(others), *_unencrypted(others)],
        "regions": _regions(regions, others),
    }


def _account() -> list[Statement]:
    return [
        {
            "Sid": "StayInTheOrganisation",
            "Effect": "Deny",
            "Action": ["account:CloseAccount", "organizations:LeaveOrganization"],
            "Resource": "*",
        },
        {
            "Sid": "NoRootUser",
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}},
        },
    ]


def _audit(others: Condition) -> list[Statement]:
    actions = (
        "access-analyzer:DeleteAnalyzer",
        "cloudtrail:DeleteTrail",
        "cloudtrail:PutEventSelectors",
        "cloudtrail:StopLogging",
        "cloudtrail:UpdateTrail",
        "config:DeleteConfigurationRecorder",
        "config:DeleteDeliveryChannel",
        "config:DeleteRetentionConfiguration",
        "config:StopConfigurationRecorder",
        "guardduty:DeleteDetector",
        "guardduty:DeleteMembers",
        "guardduty:DisassociateFromAdministratorAccount",
        "guardduty:DisassociateMembers",
        "guardduty:StopMonitoringMembers",
        "macie2:DisableMacie",
        "macie2:DisassociateFromAdministratorAccount",
        "s3:BypassGovernanceRetention",
        "securityhub:DeleteMembers",
        "securityhub:DisableSecurityHub",
        "securityhub:DisassociateFromAdministratorAccount",
    )
    return [_deny("LeaveTheAuditOn", actions, others)]


def _public(others: Condition) -> list[Statement]:
    acls: Condition = {"StringEquals": {"s3:x-amz-acl": ["authenticated-read", "public-read", "public-read-write"]}}
    return [
        _deny("BlockPublicBuckets", ["s3:PutAccountPublicAccessBlock"], others),
        _deny(
            "NoPublicObjects", ["s3:CreateBucket", "s3:PutBucketAcl", "s3:PutObject", "s3:PutObjectAcl"], others, acls
        ),
        _deny(
            "NoOpenFunctions",
            ["lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig"],
            others,
            {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        ),
        _deny(
            "NoOpenNotebooks",
            ["sagemaker:CreateNotebookInstance"],
            others,
            {"StringEquals": {"sagemaker:DirectInternetAccess": "Enabled"}},
        ),
        _deny("NoSharedSnapshots", ["ec2:ModifySnapshotAttribute", "rds:ModifyDBSnapshotAttribute"], others),
    ]


def _unencrypted(others: Condition) -> list[Statement]:
    return [
        _deny("Tls", ["s3:*"], others, {"Bool": {"aws:SecureTransport": "false"}}),
        _deny("EncryptedDisks", ["ec2:CreateVolume", "ec2:RunInstances"], others, {"Bool": {"ec2:Encrypted": "false"}}),
        _deny("EncryptByDefault", ["ec2:DisableEbsEncryptionByDefault"], others),
        _deny(
            "EncryptedFiles",
            ["elasticfilesystem:CreateFileSystem"],
            others,
            {"Bool": {"elasticfilesystem:Encrypted": "false"}},
        ),
        _deny(
            "EncryptedDatabases",
            ["rds:CreateDBCluster", "rds:CreateDBInstance"],
            others,
            {"Bool": {"rds:StorageEncrypted": "false"}},
        ),
    ]


def _regions(regions: Sequence[str], others: Condition) -> list[Statement]:
    return [
        {
            "Sid": "OnlyTheseRegions",
            "Effect": "Deny",
            "NotAction": list(GLOBAL),
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": list(regions)}, **others},
        }
    ]


def _deny(sid: str, actions: Sequence[str], others: Condition, condition: Condition | None = None) -> Statement:
    found: Statement = {"Sid": sid, "Effect": "Deny", "Action": list(actions), "Resource": "*"}
    if others or condition:
        found["Condition"] = {**(condition or {}), **others}
    return found
