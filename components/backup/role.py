"""The role as which AWS Backup reads, writes and restores."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import iam

from components.base import Component
from components.documents import lend_key, trust
from components.roles import aws_policy, bounded_role, inline_policy

# Kept by AWS, which adds to them what a service's backups come to need.
POLICIES = {
    "backup": "service-role/AWSBackupServiceRolePolicyForBackup",
    "restore": "service-role/AWSBackupServiceRolePolicyForRestores",
    "s3-backup": "AWSBackupServiceRolePolicyForS3Backup",
    "s3-restore": "AWSBackupServiceRolePolicyForS3Restore",
}


def backup_role(owner: Component, boundary: pulumi.Input[str], keys: Sequence[pulumi.Input[str]]) -> iam.Role:
    """A role that only AWS Backup assumes, for this account."""
    place = owner.placement
    role = bounded_role(
        owner,
        "backups",
        description="Backups and restores of the estate",
        boundary_arn=boundary,
        trusted=trust(place, "backup"),
    )
    for kind, policy in POLICIES.items():
        aws_policy(owner, role.name, policy, suffix=f"{kind}-policy")
    inline_policy(
        owner,
        role.name,
        "keys",
        {
            "Sid": "UseKeys",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            "Resource": list(keys),
        },
        lend_key("LendKeys", list(keys)),
        suffix="keys-policy",
    )
    return role
