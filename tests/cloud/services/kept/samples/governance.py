"""Samples of entries/governance.py."""

from typing import Any

from tests.cloud.services.harness import ACCOUNT
from tests.cloud.services.kept.stage import Sample, Stage

TEMPLATE = '{"Resources": {}}'


def recorded(stage: Stage) -> None:
    """A recorder, without which Config takes no pack."""

    def make() -> str:
        stage.client("config").put_configuration_recorder(
            ConfigurationRecorder={"name": "kept", "roleARN": stage.role("config.amazonaws.com")}
        )
        return "kept"

    stage.once("recorder", make)


def budget(stage: Stage) -> str:
    def make() -> str:
        limit = {"Amount": "100", "Unit": "USD"}
        stage.client("budgets").create_budget(
            AccountId=ACCOUNT,
            Budget={"BudgetName": "kept", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": limit},
        )
        return "kept"

    return stage.once("budget", make)


def action(stage: Stage) -> dict[str, Any]:
    policy = "arn:aws:iam::aws:policy/AWSDenyAll"
    return {
        "AccountId": ACCOUNT,
        "BudgetName": budget(stage),
        "NotificationType": "ACTUAL",
        "ActionType": "APPLY_IAM_POLICY",
        "ActionThreshold": {"ActionThresholdValue": 100.0, "ActionThresholdType": "PERCENTAGE"},
        "Definition": {"IamActionDefinition": {"PolicyArn": policy, "Roles": ["jobs"]}},
        "ExecutionRoleArn": stage.role("budgets.amazonaws.com"),
        "ApprovalModel": "MANUAL",
        "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "ml@example.com"}],
    }


def pack(stage: Stage, name: str, value: str) -> dict[str, Any]:
    recorded(stage)
    return {
        "ConformancePackName": name,
        "TemplateBody": TEMPLATE,
        "ConformancePackInputParameters": [{"ParameterName": "days", "ParameterValue": value}],
    }


def job(stage: Stage) -> dict[str, Any]:
    buckets = [{"accountId": ACCOUNT, "buckets": [stage.ground.bucket]}]
    return {
        "clientToken": "once",
        "jobType": "SCHEDULED",
        "name": "kept",
        "s3JobDefinition": {"bucketDefinitions": buckets},
        "scheduleFrequency": {"weeklySchedule": {"dayOfWeek": "SUNDAY"}},
    }


SAMPLES = {
    "budgets:action": Sample(action, lambda stage: {"ApprovalModel": "AUTOMATIC"}),
    "config:conformance-pack": Sample(lambda stage: pack(stage, "kept", "30"), lambda stage: pack(stage, "kept", "60")),
    "accessanalyzer:analyzer": Sample(
        lambda stage: {
            "analyzerName": "kept",
            "type": "ACCOUNT_UNUSED_ACCESS",
            "configuration": {"unusedAccess": {"unusedAccessAge": 90}},
            "tags": {"a": "b"},
        },
        lambda stage: {"configuration": {"unusedAccess": {"unusedAccessAge": 30}}},
    ),
    "securityhub:hub": Sample(
        lambda stage: {"EnableDefaultStandards": False, "ControlFindingGenerator": "SECURITY_CONTROL"},
        lambda stage: {"AutoEnableControls": False},
    ),
    "macie2:session": Sample(
        lambda stage: {"findingPublishingFrequency": "ONE_HOUR", "status": "ENABLED"},
        lambda stage: {"status": "PAUSED"},
    ),
    "macie2:job": Sample(job, lambda stage: {"jobStatus": "USER_PAUSED"}),
}
