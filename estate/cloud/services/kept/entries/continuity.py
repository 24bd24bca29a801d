"""Backups: plans, what they back up, and how restoring is tried; moto has the vaults."""

from typing import Any

from estate.cloud.services.account import Account, token
from estate.cloud.services.kept.checks import role, topic
from estate.cloud.services.kept.kind import Above, Codes, Kind
from estate.cloud.services.wire import Params

_CODES = Codes("AlreadyExistsException", "ResourceNotFoundException", "InvalidParameterValueException")
_ARN = "arn:{partition}:backup:{region}:{account}:"
_SERVICE = "backup.amazonaws.com"


def _has_vault(account: Account, name: str) -> bool:
    return name in account.backend("backup").vaults


def _vaults(account: Account, values: Params) -> None:
    from estate.cloud.services.checks import invalid

    for rule in values["Rules"]:
        if not _has_vault(account, rule["TargetBackupVaultName"]):
            raise invalid(f"The backup vault {rule['TargetBackupVaultName']} does not exist")


def _plan(record: Params) -> Params:
    """A plan's rules have ids of their own, and what AWS fills in."""
    filled = {"StartWindowMinutes": 480, "CompletionWindowMinutes": 10080}
    rules = [{"RuleId": token(32), **filled, **rule} for rule in record["Rules"]]
    kept = {name: record[name] for name in ("BackupPlanName", "AdvancedBackupSettings") if name in record}
    return {**kept, "Rules": rules}


_VAULT: dict[str, Any] = {"holds": False, "exists": _has_vault, "delete": "DeleteBackupVault"}

KINDS = (
    Kind(
        "backup",
        "plan",
        create="CreateBackupPlan",
        read="GetBackupPlan",
        update=("UpdateBackupPlan",),
        delete="DeleteBackupPlan",
        list="ListBackupPlans",
        key=("BackupPlanName",),
        ids=("BackupPlanId",),
        made={
            "BackupPlanId": "{uuid}",
            "BackupPlanArn": _ARN + "backup-plan:{BackupPlanId}",
            "VersionId": "{hex48}",
        },
        wraps=("BackupPlan",),
        shown={"BackupPlan": _plan},
        filters={"IncludeDeleted": "IncludeDeleted"},
        checks=(_vaults,),
        arn="BackupPlanArn",
        codes=_CODES,
    ),
    Kind(
        "backup",
        "selection",
        create="CreateBackupSelection",
        read="GetBackupSelection",
        delete="DeleteBackupSelection",
        list="ListBackupSelections",
        key=("BackupPlanId", "SelectionName"),
        ids=("SelectionId",),
        made={"SelectionId": "{uuid}"},
        wraps=("BackupSelection",),
        above=(Above("BackupPlanId", "plan", held="InvalidRequestException"),),
        checks=(role("IamRoleArn", _SERVICE),),
        codes=_CODES,
    ),
    Kind(
        "backup",
        "vault policy",
        create="PutBackupVaultAccessPolicy",
        update=("PutBackupVaultAccessPolicy",),
        read="GetBackupVaultAccessPolicy",
        delete="DeleteBackupVaultAccessPolicy",
        key=("BackupVaultName",),
        made={"BackupVaultArn": _ARN + "backup-vault:{BackupVaultName}"},
        above=(Above("BackupVaultName", **_VAULT),),
        codes=_CODES,
    ),
    Kind(
        "backup",
        "vault notifications",
        create="PutBackupVaultNotifications",
        update=("PutBackupVaultNotifications",),
        read="GetBackupVaultNotifications",
        delete="DeleteBackupVaultNotifications",
        key=("BackupVaultName",),
        made={"BackupVaultArn": _ARN + "backup-vault:{BackupVaultName}"},
        above=(Above("BackupVaultName", **_VAULT),),
        checks=(topic("SNSTopicArn"),),
        codes=_CODES,
    ),
    Kind(
        "backup",
        "restore testing plan",
        create="CreateRestoreTestingPlan",
        read="GetRestoreTestingPlan",
        update=("UpdateRestoreTestingPlan",),
        delete="DeleteRestoreTestingPlan",
        list="ListRestoreTestingPlans",
        key=("RestoreTestingPlanName",),
        made={"RestoreTestingPlanArn": _ARN + "restore-testing-plan:{RestoreTestingPlanName}-{uuid}"},
        defaults={"ScheduleExpressionTimezone": "Etc/UTC", "StartWindowHours": 24},
        wraps=("RestoreTestingPlan",),
        arn="RestoreTestingPlanArn",
        codes=_CODES,
    ),
    Kind(
        "backup",
        "restore testing selection",
        create="CreateRestoreTestingSelection",
        read="GetRestoreTestingSelection",
        update=("UpdateRestoreTestingSelection",),
        delete="DeleteRestoreTestingSelection",
        list="ListRestoreTestingSelections",
        key=("RestoreTestingPlanName", "RestoreTestingSelectionName"),
        defaults={"ValidationWindowHours": 0},
        wraps=("RestoreTestingSelection",),
        above=(Above("RestoreTestingPlanName", "restore testing plan", held="InvalidRequestException"),),
        checks=(role("IamRoleArn", _SERVICE),),
        codes=_CODES,
    ),
    Kind(
        "backup",
        "framework",
        create="CreateFramework",
        read="DescribeFramework",
        update=("UpdateFramework",),
        delete="DeleteFramework",
        list="ListFrameworks",
        key=("FrameworkName",),
        made={
            "FrameworkArn": _ARN + "framework:{FrameworkName}-{uuid}",
            "DeploymentStatus": "COMPLETED",
            "FrameworkStatus": "ACTIVE",
        },
        shown={"NumberOfControls": lambda record: len(record["FrameworkControls"])},
        arn="FrameworkArn",
        codes=_CODES,
    ),
    Kind(
        "backup",
        "region settings",
        create="UpdateRegionSettings",
        update=("UpdateRegionSettings",),
        read="DescribeRegionSettings",
        single=True,
        always={"ResourceTypeOptInPreference": {}, "ResourceTypeManagementPreference": {}},
        codes=_CODES,
    ),
)
