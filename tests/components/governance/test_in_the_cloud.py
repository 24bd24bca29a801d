"""Everything of governance comes up in the emulated AWS, reads back without loss, and goes away again."""

import pytest

from components.audit.log_bucket import LogBucket, LogBucketArgs
from components.base import Placement
from components.budget.budget import Budget, BudgetArgs
from components.budget.config_recorder import ConfigRecorder, ConfigRecorderArgs
from components.budget.spend_stop import SpendStop, SpendStopArgs
from components.governance.access_analyzer import AccessAnalyzer, AccessAnalyzerArgs
from components.governance.conformance_pack import ConformancePack, ConformancePackArgs, Framework
from components.governance.security_hub import SecurityHub, SecurityHubArgs, Standard
from components.governance.sensitive_data import SensitiveData, SensitiveDataArgs
from components.governance.threat_detector import ThreatDetector, ThreatDetectorArgs, Watched
from components.security.permission_boundary import PermissionBoundary, PermissionBoundaryArgs
from estate.cloud.coverage import read_back
from estate.cloud.provider import CloudProvider
from estate.engine.program import destroy
from estate.engine.result import Result
from estate.plan.record import record

LOST = {"budget-monthly.notifications", "config-recorder.recordingMode"}  # by moto, as `estate coverage` says


def program(place: Placement) -> None:
    boundary = PermissionBoundary("boundary", PermissionBoundaryArgs(placement=place)).arn
    logs = LogBucket("logs", LogBucketArgs(placement=place, retention_days=30)).bucket
    budget = Budget("budget", BudgetArgs(placement=place, monthly_usd=100, email="ml@example.com"))
    config = ConfigRecorder(
        "config",
        ConfigRecorderArgs(
            placement=place, log_bucket=logs, permission_boundary_arn=boundary, required_tags=("owner",)
        ),
    )
    SpendStop(
        "stop",
        SpendStopArgs(
            placement=place,
            budget=budget.budget,
            percent=100,
            approval="automatic",
            email="ml@example.com",
            roles={"config": "mlops-test-config"},
            permission_boundary_arn=boundary,
        ),
    )
    ConformancePack(
        "pack",
        ConformancePackArgs(placement=place, framework=Framework.SOC2, log_retention_days=30, recorder_on=(config.on,)),
    )
    AccessAnalyzer("analyzer", AccessAnalyzerArgs(placement=place, unused_days=90))
    SecurityHub("hub", SecurityHubArgs(placement=place, standards=(Standard.FOUNDATIONAL, Standard.CIS)))
    ThreatDetector("threats", ThreatDetectorArgs(placement=place, watched=frozenset({Watched.NODES, Watched.OBJECTS})))
    SensitiveData("personal", SensitiveDataArgs(placement=place, buckets={"raw": logs}, sampling_percent=10))


@pytest.fixture(scope="module")
def made(provider: CloudProvider, place: Placement) -> Result:
    return record(lambda: program(place), provider=provider)


def test_nothing_that_was_asked_for_is_lost(made, provider):
    states = [state for state in made.deployment.states.values() if state.goal.custom]
    found = {
        f"{state.goal.name}.{key}"
        for state in states
        if state.goal.type.startswith("aws:")
        for key in read_back(provider, state).lost
    }
    assert found == LOST


def test_a_detector_watches_what_was_asked_for_and_nothing_else(made, cloud):
    client = cloud.client("guardduty")
    (id,) = client.list_detectors()["DetectorIds"]

    features = {each["Name"]: each["Status"] for each in client.get_detector(DetectorId=id)["Features"]}
    assert {name for name, status in features.items() if status == "ENABLED"} == {
        "RUNTIME_MONITORING",
        "S3_DATA_EVENTS",
    }


def test_an_action_needs_a_role_that_budgets_may_assume(made, cloud, place):
    client = cloud.client("budgets")
    (action,) = client.describe_budget_actions_for_budget(AccountId=place.account_id, BudgetName="mlops-test-monthly")[
        "Actions"
    ]
    given = {key: action[key] for key in ("BudgetName", "NotificationType", "ActionType", "ActionThreshold")}
    given |= {key: action[key] for key in ("Definition", "ApprovalModel", "Subscribers")}

    with pytest.raises(client.exceptions.InvalidParameterException):
        client.create_budget_action(
            AccountId=place.account_id,
            ExecutionRoleArn=f"arn:aws:iam::{place.account_id}:role/mlops/test/mlops-test-config",
            **given,
        )


def test_all_of_it_goes_away_again(made, provider, cloud):
    destroy(made.deployment, provider)

    assert cloud.client("guardduty").list_detectors()["DetectorIds"] == []
    assert cloud.client("accessanalyzer").list_analyzers()["analyzers"] == []
    assert cloud.client("config").describe_conformance_packs()["ConformancePackDetails"] == []
    jobs = cloud.client("macie2").list_classification_jobs()["items"]
    assert [job["jobStatus"] for job in jobs] == ["CANCELLED"]
    with pytest.raises(cloud.client("securityhub").exceptions.InvalidAccessException):
        cloud.client("securityhub").describe_hub()
