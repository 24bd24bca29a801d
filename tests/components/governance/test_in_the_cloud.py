"""Everything of governance comes up in the emulated AWS, reads back without loss, and goes away again."""

from collections.abc import Iterator

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
from estate.cloud import Cloud
from estate.cloud.coverage import read_back
from estate.cloud.provider import CloudProvider
from estate.engine.program import destroy
from estate.engine.result import Result
from estate.plan.record import record

PLACE = Placement(
    prefix="mlops-test",
    path="/mlops/test/",
    account_id="123456789012",
    region="eu-west-1",
    partition="aws",
    protected=False,
)

LOST = {"budget-monthly.notifications", "config-recorder.recordingMode"}  # by moto, as `estate coverage` says


def program() -> None:
    boundary = PermissionBoundary("boundary", PermissionBoundaryArgs(placement=PLACE)).arn
    logs = LogBucket("logs", LogBucketArgs(placement=PLACE, retention_days=30)).bucket
    budget = Budget("budget", BudgetArgs(placement=PLACE, monthly_usd=100, email="ml@example.com"))
    config = ConfigRecorder(
        "config",
        ConfigRecorderArgs(
            placement=PLACE, log_bucket=logs, permission_boundary_arn=boundary, required_tags=("owner",)
        ),
    )
    SpendStop(
        "stop",
        SpendStopArgs(
            placement=PLACE,
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
        ConformancePackArgs(placement=PLACE, framework=Framework.SOC2, log_retention_days=30, recorder_on=(config.on,)),
    )
    AccessAnalyzer("analyzer", AccessAnalyzerArgs(placement=PLACE, unused_days=90))
    SecurityHub("hub", SecurityHubArgs(placement=PLACE, standards=(Standard.FOUNDATIONAL, Standard.CIS)))
    ThreatDetector("threats", ThreatDetectorArgs(placement=PLACE, watched=frozenset({Watched.NODES, Watched.OBJECTS})))
    SensitiveData("personal", SensitiveDataArgs(placement=PLACE, buckets={"raw": logs}, sampling_percent=10))


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("cloud")
    with Cloud(account_id=PLACE.account_id, region=PLACE.region, workdir=folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def provider(cloud: Cloud) -> CloudProvider:
    return CloudProvider(cloud.client, PLACE.account_id, patience=10)


@pytest.fixture(scope="module")
def made(provider: CloudProvider) -> Result:
    return record(program, provider=provider)


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


def test_an_action_needs_a_role_that_budgets_may_assume(made, cloud):
    client = cloud.client("budgets")
    (action,) = client.describe_budget_actions_for_budget(AccountId=PLACE.account_id, BudgetName="mlops-test-monthly")[
        "Actions"
    ]
    given = {key: action[key] for key in ("BudgetName", "NotificationType", "ActionType", "ActionThreshold")}
    given |= {key: action[key] for key in ("Definition", "ApprovalModel", "Subscribers")}

    with pytest.raises(client.exceptions.InvalidParameterException):
        client.create_budget_action(
            AccountId=PLACE.account_id,
            ExecutionRoleArn=f"arn:aws:iam::{PLACE.account_id}:role/mlops/test/mlops-test-config",
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
