"""Samples of entries/continuity.py."""

from typing import Any

from tests.cloud.services.kept.stage import Sample, Stage, policy

SERVICE = "backup.amazonaws.com"
CHOICE = {"Algorithm": "LATEST_WITHIN_WINDOW", "IncludeVaults": ["*"], "RecoveryPointTypes": ["SNAPSHOT"]}


def vault(stage: Stage) -> str:
    """A vault, which moto keeps."""

    def make() -> str:
        stage.client("backup").create_backup_vault(BackupVaultName="kept")
        return "kept"

    return stage.once("vault", make)


def plan(stage: Stage, name: str, days: int) -> dict[str, Any]:
    rule = {
        "RuleName": "daily",
        "TargetBackupVaultName": vault(stage),
        "ScheduleExpression": "cron(0 5 ? * * *)",
        "Lifecycle": {"DeleteAfterDays": days},
    }
    return {"BackupPlan": {"BackupPlanName": name, "Rules": [rule]}}


def restore(**more: Any) -> dict[str, Any]:
    return {"RestoreTestingPlan": {"RecoveryPointSelection": CHOICE, "ScheduleExpression": "cron(0 1 * * ? *)", **more}}


SAMPLES = {
    "backup:plan": Sample(
        lambda stage: {**plan(stage, "daily", 30), "BackupPlanTags": {"owner": "platform"}},
        lambda stage: plan(stage, "daily", 60),
    ),
    "backup:selection": Sample(
        lambda stage: {
            "BackupPlanId": stage.parent("backup:plan")["BackupPlanId"],
            "BackupSelection": {
                "SelectionName": "tagged",
                "IamRoleArn": stage.role(SERVICE),
                "ListOfTags": [{"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "daily"}],
            },
        }
    ),
    "backup:vault policy": Sample(
        lambda stage: {"BackupVaultName": vault(stage), "Policy": policy(SERVICE)},
        lambda stage: {"Policy": policy("sns.amazonaws.com")},
    ),
    "backup:vault notifications": Sample(
        lambda stage: {
            "BackupVaultName": vault(stage),
            "SNSTopicArn": stage.topic(),
            "BackupVaultEvents": ["BACKUP_JOB_FAILED"],
        },
        lambda stage: {"SNSTopicArn": stage.topic(), "BackupVaultEvents": ["RESTORE_JOB_FAILED"]},
    ),
    "backup:restore testing plan": Sample(
        lambda stage: {**restore(RestoreTestingPlanName="weekly"), "Tags": {"owner": "platform"}},
        lambda stage: {"RestoreTestingPlan": {"ScheduleExpression": "cron(0 2 * * ? *)"}},
    ),
    "backup:restore testing selection": Sample(
        lambda stage: {
            "RestoreTestingPlanName": stage.parent("backup:restore testing plan")["RestoreTestingPlanName"],
            "RestoreTestingSelection": {
                "RestoreTestingSelectionName": "buckets",
                "IamRoleArn": stage.role(SERVICE),
                "ProtectedResourceType": "S3",
                "ProtectedResourceArns": ["*"],
            },
        },
        lambda stage: {"RestoreTestingSelection": {"ValidationWindowHours": 4}},
    ),
    "backup:framework": Sample(
        lambda stage: {
            "FrameworkName": "covered",
            "FrameworkControls": [{"ControlName": "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN"}],
        },
        lambda stage: {"FrameworkDescription": "What must be backed up"},
    ),
    "backup:region settings": Sample(lambda stage: {"ResourceTypeOptInPreference": {"S3": True}}),
}
