"""Backups of tables, buckets and file systems: where they lie, when they are made, whether they can be restored."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import backup, iam
from pydantic import Field

from components.alarms import at_least_one
from components.backup.role import backup_role
from components.base import Args, Component, Placement
from components.documents import document
from components.names import Limit
from components.signals import Signal

WINDOW_MINUTES, LONGEST_MINUTES = 60, 480  # until a job must have begun, and ended


class BackupsArgs(Args):
    placement: Placement
    tags: Mapping[str, str] = Field(min_length=1, description="Tags that all of what is backed up carries.")
    bucket_arns: Sequence[pulumi.Input[str]] = Field(description="Buckets, which must keep versions.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the backups.")
    source_key_arns: Sequence[pulumi.Input[str]] = Field(description="KMS keys of what is backed up.")
    permission_boundary_arn: pulumi.Input[str]
    schedule: str = Field(pattern=r"^cron\(.+\)$", description="When, in UTC.")
    keep_days: int = Field(ge=1, description="Days that a backup stays.")
    cold_after_days: int | None = Field(default=None, ge=1, description="Days after which it becomes cold; never.")
    lock_grace_days: int | None = Field(
        default=None, ge=3, description="Days after which the vault's lock is for good; by default IAM can open it."
    )
    restore_test: str | None = Field(
        default=None, pattern=r"^cron\(.+\)$", description="When backups are restored as a test; never by default."
    )


class Backups(Component):
    """A vault under a key of the customer, locked where the place is protected; a plan; whom it takes in; a test.

    Tables and EFS file systems of the environment are chosen by its tags, buckets by name. A file system of FSx for
    Lustre that is linked to a bucket cannot be backed up: what it holds lies in the bucket.
    """

    vault: pulumi.Output[str]
    plan: pulumi.Output[str]

    def __init__(self, name: str, args: BackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:backup:Backups", name, args.placement, opts)
        place = args.placement
        role = backup_role(self, args.permission_boundary_arn, [args.key_arn, *args.source_key_arns])
        vault = self._vault(args)
        plan = backup.Plan(
            f"{name}-plan",
            name=place.named("backups"),
            rules=[
                {
                    "rule_name": "daily",
                    "target_vault_name": vault.name,
                    "schedule": args.schedule,
                    "schedule_expression_timezone": "Etc/UTC",
                    "start_window": WINDOW_MINUTES,
                    "completion_window": LONGEST_MINUTES,
                    "lifecycle": {"delete_after": args.keep_days, "cold_storage_after": args.cold_after_days},
                    "recovery_point_tags": dict(args.tags),
                }
            ],
            opts=self.child(),
        )
        backup.Selection(
            f"{name}-selection",
            name=place.named("estate"),
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=[
                place.arn("dynamodb", f"table/{place.prefix}-*"),
                place.arn("elasticfilesystem", "file-system/*"),
                *args.bucket_arns,
            ],
            conditions=[
                {
                    "string_equals": [
                        {"key": f"aws:ResourceTag/{key}", "value": value} for key, value in sorted(args.tags.items())
                    ]
                }
            ],
            opts=self.child(),
        )
        if args.restore_test is not None:
            self._test(args, args.restore_test, vault, role)
        self._alarm(vault)
        self.vault, self.plan = vault.name, plan.id
        self.register_outputs({"vault": self.vault, "plan": self.plan})

    def _vault(self, args: BackupsArgs) -> backup.Vault:
        place = args.placement
        vault = backup.Vault(
            f"{self.name}-vault",
            name=place.named("backups"),
            kms_key_arn=args.key_arn,
            force_destroy=not place.protected,
            opts=self.stateful_child(),
        )
        if not place.protected:
            return vault
        backup.VaultPolicy(
            f"{self.name}-vault-policy",
            backup_vault_name=vault.name,
            policy=document(
                {
                    "Sid": "KeepBackups",
                    "Effect": "Deny",
                    "Principal": {"AWS": "*"},
                    "Action": ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"],
                    "Resource": "*",
                }
            ),
            opts=self.guarding_child(),
        )
        backup.VaultLockConfiguration(
            f"{self.name}-vault-lock",
            backup_vault_name=vault.name,
            min_retention_days=args.keep_days,
            changeable_for_days=args.lock_grace_days,
            opts=self.guarding_child(),
        )
        return vault

    def _test(self, args: BackupsArgs, schedule: str, vault: backup.Vault, role: iam.Role) -> None:
        """The newest backup of a table and of a bucket is restored, and what came of it is thrown away."""
        plan = backup.RestoreTestingPlan(
            f"{self.name}-restore-test",
            name=_worded(args.placement.named("restore-test", limit=Limit.RESTORE_TEST)),
            schedule_expression=schedule,
            schedule_expression_timezone="Etc/UTC",
            start_window_hours=8,
            recovery_point_selection={
                "algorithm": "LATEST_WITHIN_WINDOW",
                "include_vaults": [vault.arn],
                "recovery_point_types": ["SNAPSHOT"],
                "selection_window_days": min(args.keep_days, 30),
            },
            opts=self.child(),
        )
        for kind in ("DynamoDB", "S3"):
            backup.RestoreTestingSelection(
                f"{self.name}-restore-test-{kind.lower()}",
                name=_worded(args.placement.named("restore", kind, limit=Limit.RESTORE_TEST)),
                restore_testing_plan_name=plan.name,
                protected_resource_type=kind,
                protected_resource_conditions={
                    "string_equals": [
                        {"key": f"aws:ResourceTag/{key}", "value": value} for key, value in sorted(args.tags.items())
                    ]
                },
                iam_role_arn=role.arn,
                validation_window_hours=1,
                opts=self.child(),
            )

    def _alarm(self, vault: backup.Vault) -> None:
        at_least_one(
            self,
            Signal.BACKUP_FAILED,
            signal=Signal.BACKUP_FAILED,
            subject="backups",
            says="A backup job failed; its reason stands in AWS Backup's list of jobs",
            namespace="AWS/Backup",
            metric="NumberOfBackupJobsFailed",
            dimensions={"BackupVaultName": vault.name},
            period_s=3600,
        )


def _worded(name: str) -> str:
    """Restore tests are named with letters, digits and underscores only."""
    return name.replace("-", "_")
