"""Key policies: the account decides through IAM; services that write in nobody's name are let in one by one."""

from components.base import Placement
from components.documents import Statement


def statements(placement: Placement, domain: str, trail_arn: str) -> list[Statement]:
    """The key policy of `data`, `models` or `logs`."""
    own: dict[str, list[Statement]] = {
        "data": [_looks_into_objects(placement), _linked_folders(placement)],
        "models": [*_volumes(placement), _linked_folders(placement)],
        "logs": [
            _log_groups(placement),
            *_log_findings(placement),
            *_trail(placement, trail_arn),
            _messages(),
            _alerts(placement),
        ],
    }
    return [_account(placement), *own[domain]]


def _account(placement: Placement) -> Statement:
    """Without it, nobody could change the key any more."""
    return {
        "Sid": "PermissionsComeFromIam",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{placement.partition}:iam::{placement.account_id}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }


def _looks_into_objects(placement: Placement) -> Statement:
    """Macie reads objects as its service-linked role, which nobody can give permissions.

    The role is a condition and not a principal, as an account that never used Macie does not have it yet.
    """
    role = f"arn:{placement.partition}:iam::{placement.account_id}:role/aws-service-role/macie.amazonaws.com/*"
    return {
        "Sid": "LookIntoObjects",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:CallerAccount": placement.account_id,
                "kms:ViaService": f"s3.{placement.region}.amazonaws.com",
            },
            "ArnLike": {"aws:PrincipalArn": role},
        },
    }


def _linked_folders(placement: Placement) -> Statement:
    """A Lustre file system that is linked to the lake moves objects as its service-linked role.

    The role is a condition, as each file system has one of its own, which is there once the file system is linked.
    """
    service = "s3.data-source.lustre.fsx.amazonaws.com"
    role = f"arn:{placement.partition}:iam::{placement.account_id}:role/aws-service-role/{service}/*"
    return {
        "Sid": "LinkedFolders",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:CallerAccount": placement.account_id,
                "kms:ViaService": f"s3.{placement.region}.amazonaws.com",
            },
            "ArnLike": {"aws:PrincipalArn": role},
        },
    }


def _volumes(placement: Placement) -> list[Statement]:
    """Auto Scaling starts the cluster's nodes, and its service-linked role has no permission for keys of its own.

    The role is a condition and not a principal, as an account that never used Auto Scaling does not have it yet.
    """
    role = f"arn:{placement.partition}:iam::{placement.account_id}:role/aws-service-role/autoscaling.amazonaws.com/*"
    ours = {"StringEquals": {"kms:CallerAccount": placement.account_id}, "ArnLike": {"aws:PrincipalArn": role}}
    return [
        {
            "Sid": "NodeVolumes",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": ours,
        },
        {
            "Sid": "NodeVolumeGrants",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "kms:CreateGrant",
            "Resource": "*",
            "Condition": {**ours, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
    ]


def _log_groups(placement: Placement) -> Statement:
    return {
        "Sid": "LogGroups",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{placement.region}.amazonaws.com"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": placement.arn("logs", "log-group:*")}},
    }


def _log_findings(placement: Placement) -> list[Statement]:
    """What CloudWatch finds unusual in a log. A detector has two encryption contexts (CloudWatch Logs' user guide,
    "Encrypt an anomaly detector and its results"): one of its own, one for what it encrypts again.
    """
    contexts = {"LogFindings": "aws:logs:arn", "LogFindingsAgain": "aws-crypto-ec:aws:logs:arn"}
    arn = placement.arn("logs", "anomaly-detector:*")
    return [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{placement.region}.amazonaws.com"},
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": {"ArnLike": {f"kms:EncryptionContext:{context}": arn}},
        }
        for sid, context in contexts.items()
    ]


def _trail(placement: Placement, trail_arn: str) -> list[Statement]:
    service = {"Service": "cloudtrail.amazonaws.com"}
    trails = f"arn:{placement.partition}:cloudtrail:*:{placement.account_id}:trail/*"
    return [
        {
            "Sid": "TrailWrites",
            "Effect": "Allow",
            "Principal": service,
            "Action": "kms:GenerateDataKey*",
            "Resource": "*",
            "Condition": {
                "StringEquals": {"aws:SourceArn": trail_arn},
                "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails},
            },
        },
        {
            "Sid": "TrailDescribes",
            "Effect": "Allow",
            "Principal": service,
            "Action": "kms:DescribeKey",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceArn": trail_arn}},
        },
    ]


def _alerts(placement: Placement) -> Statement:
    """Alerts of Managed Prometheus go to an encrypted topic in the name of the service."""
    return {
        "Sid": "AlertTopics",
        "Effect": "Allow",
        "Principal": {"Service": "aps.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": placement.account_id}},
    }


def _messages() -> Statement:
    """EventBridge writes to encrypted topics and queues, and SageMaker tells labellers of tasks.

    Without a condition on the account: KMS gets none from EventBridge, and every message would be lost. Who may write
    in whose name, the policies of topics and queues say.
    """
    return {
        "Sid": "TopicsAndQueues",
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "sagemaker.amazonaws.com"]},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
    }
