"""Backups: where they lie, when they are made, and whether they can be restored."""

from typing import Any

from estate.cloud.resources.row import Row, Step, Tagging

_VAULT = {"BackupVaultName": "{in.backupVaultName}"}
_UNKNOWN = ("ResourceNotFoundException",)
_RULES = {
    "name": "BackupPlan.BackupPlanName",
    "rules": "BackupPlan.Rules",
    "rules.targetVaultName": "TargetBackupVaultName",
    "rules.schedule": "ScheduleExpression",
    "rules.startWindow": "StartWindowMinutes",
    "rules.completionWindow": "CompletionWindowMinutes",
    "rules.lifecycle.deleteAfter": "DeleteAfterDays",
    "rules.lifecycle.coldStorageAfter": "MoveToColdStorageAfterDays",
    "tags": "BackupPlanTags",
}
_TEST = {"name": "RestoreTestingPlan.RestoreTestingPlanName"}


def _conditions(value: Any) -> dict[str, Any]:
    """Pulumi's list of one block, as the API names its four kinds of comparison."""
    names = {"stringEquals": "StringEquals", "stringLikes": "StringLike"}
    names |= {"stringNotEquals": "StringNotEquals", "stringNotLikes": "StringNotLike"}
    found: dict[str, list[dict[str, str]]] = {}
    for block in value:
        for kind, pairs in block.items():
            found[names[kind]] = [
                {"ConditionKey": pair["key"], "ConditionValue": pair["value"]} for pair in pairs or ()
            ]
    return {"BackupSelection": {"Conditions": found}}


ROWS = (
    Row(
        "aws:backup/vault:Vault",
        "backup",
        Step(
            "CreateBackupVault",
            names={"name": "BackupVaultName", "kmsKeyArn": "EncryptionKeyArn", "tags": "BackupVaultTags"},
        ),
        id="{in.name}",
        read=(Step("DescribeBackupVault", (), {"BackupVaultName": "{id}"}),),
        delete=(Step("DeleteBackupVault", (), {"BackupVaultName": "{id}"}),),
        outputs={"arn": "{read.BackupVaultArn}", "recoveryPoints": "{read.NumberOfRecoveryPoints}"},
        name="name",
        fixed=("name", "kmsKeyArn"),
        local=("forceDestroy",),
        tagging=Tagging("TagResource", "UntagResource", "ListTags", {"ResourceArn": "{out.arn}"}, "TagKeyList"),
        gone=_UNKNOWN,
        seen={"name": "BackupVaultName", "kmsKeyArn": "EncryptionKeyArn"},
        cloudformation="AWS::Backup::BackupVault",
    ),
    Row(
        "aws:backup/vaultPolicy:VaultPolicy",
        "backup",
        Step("PutBackupVaultAccessPolicy"),
        id="{in.backupVaultName}",
        read=(Step("GetBackupVaultAccessPolicy", (), _VAULT),),
        update=(Step("PutBackupVaultAccessPolicy", ("policy",), _VAULT),),
        delete=(Step("DeleteBackupVaultAccessPolicy", (), _VAULT),),
        outputs={"backupVaultArn": "{read.BackupVaultArn}"},
        fixed=("backupVaultName",),
        gone=_UNKNOWN,
    ),
    Row(
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
        "backup",
        Step("PutBackupVaultLockConfiguration"),
        id="{in.backupVaultName}",
        read=(Step("DescribeBackupVault", (), _VAULT),),
        delete=(Step("DeleteBackupVaultLockConfiguration", (), _VAULT),),
        outputs={"backupVaultArn": "{read.BackupVaultArn}"},
        fixed=("backupVaultName", "changeableForDays", "maxRetentionDays", "minRetentionDays"),
        gone=_UNKNOWN,
        seen={"backupVaultName": "BackupVaultName"},
        silent=("changeableForDays",),  # answered as the date from which the lock is for good
        lasting=True,
    ),
    Row(
        "aws:backup/plan:Plan",
        "backup",
        Step("CreateBackupPlan", names=_RULES),
        id="{made.BackupPlanId}",
        read=(Step("GetBackupPlan", (), {"BackupPlanId": "{id}"}),),
        update=(Step("UpdateBackupPlan", ("name", "rules"), {"BackupPlanId": "{id}"}, _RULES),),
        delete=(Step("DeleteBackupPlan", (), {"BackupPlanId": "{id}"}),),
        outputs={"arn": "{read.BackupPlanArn}", "version": "{read.VersionId}"},
        name="name",
        tagging=Tagging("TagResource", "UntagResource", "ListTags", {"ResourceArn": "{out.arn}"}, "TagKeyList"),
        gone=_UNKNOWN,
        sample_id="00000000-0000-0000-0000-000000000000",
        cloudformation="AWS::Backup::BackupPlan",
    ),
    Row(
        "aws:backup/selection:Selection",
        "backup",
        Step(
            "CreateBackupSelection",
            names={"planId": "BackupPlanId", "name": "BackupSelection.SelectionName"},
            via={"conditions": _conditions},
        ),
        id="{made.SelectionId}",
        read=(
            Step(
                "GetBackupSelection",
                (),
                {"BackupPlanId": "{in.planId}", "SelectionId": "{id}"},
                at="BackupSelection",
            ),
        ),
        delete=(Step("DeleteBackupSelection", (), {"BackupPlanId": "{in.planId}", "SelectionId": "{id}"}),),
        name="name",
        fixed=("conditions", "iamRoleArn", "name", "notResources", "planId", "resources", "selectionTags"),
        gone=_UNKNOWN,
        sample_id="00000000-0000-0000-0000-000000000000",
        seen={
            "planId": "in.planId",
            "name": "SelectionName",
            "conditions": "[{stringEquals: Conditions.StringEquals[].{key: ConditionKey, value: ConditionValue}}]",
        },
        cloudformation="AWS::Backup::BackupSelection",
    ),
    Row(
        "aws:backup/restoreTestingPlan:RestoreTestingPlan",
        "backup",
        Step("CreateRestoreTestingPlan", names=_TEST),
        id="{in.name}",
        read=(Step("GetRestoreTestingPlan", (), {"RestoreTestingPlanName": "{id}"}, at="RestoreTestingPlan"),),
        update=(
            Step(
                "UpdateRestoreTestingPlan",
                ("recoveryPointSelection", "scheduleExpression", "scheduleExpressionTimezone", "startWindowHours"),
                {"RestoreTestingPlanName": "{id}"},
            ),
        ),
        delete=(Step("DeleteRestoreTestingPlan", (), {"RestoreTestingPlanName": "{id}"}),),
        outputs={"arn": "{read.RestoreTestingPlanArn}"},
        name="name",
        fixed=("name",),
        tagging=Tagging("TagResource", "UntagResource", "ListTags", {"ResourceArn": "{out.arn}"}, "TagKeyList"),
        gone=_UNKNOWN,
        seen={"name": "RestoreTestingPlanName"},
        cloudformation="AWS::Backup::RestoreTestingPlan",
    ),
    Row(
        "aws:backup/restoreTestingSelection:RestoreTestingSelection",
        "backup",
        Step(
            "CreateRestoreTestingSelection",
            names={
                "name": "RestoreTestingSelection.RestoreTestingSelectionName",
                "restoreTestingPlanName": "RestoreTestingPlanName",
            },
        ),
        id="{in.restoreTestingPlanName}:{in.name}",
        read=(
            Step(
                "GetRestoreTestingSelection",
                (),
                {"RestoreTestingPlanName": "{in.restoreTestingPlanName}", "RestoreTestingSelectionName": "{in.name}"},
                at="RestoreTestingSelection",
            ),
        ),
        update=(
            Step(
                "UpdateRestoreTestingSelection",
                ("iamRoleArn", "protectedResourceArns", "protectedResourceConditions", "validationWindowHours"),
                {"RestoreTestingPlanName": "{in.restoreTestingPlanName}", "RestoreTestingSelectionName": "{in.name}"},
            ),
        ),
        delete=(
            Step(
                "DeleteRestoreTestingSelection",
                (),
                {"RestoreTestingPlanName": "{in.restoreTestingPlanName}", "RestoreTestingSelectionName": "{in.name}"},
            ),
        ),
        name="name",
        fixed=("name", "protectedResourceType", "restoreTestingPlanName"),
        gone=_UNKNOWN,
        seen={"name": "RestoreTestingSelectionName"},
        cloudformation="AWS::Backup::RestoreTestingSelection",
    ),
)
