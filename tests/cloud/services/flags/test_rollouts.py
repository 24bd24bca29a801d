"""Flags are given out step by step, by the clock, and taken back by an alarm."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cloud.services.harness import Ground, answer_of

STEPS = 4


@pytest.fixture(scope="module")
def speed() -> float:
    return 60.0  # a minute is a second


@dataclass(frozen=True)
class Profile:
    ground: Ground
    application: str
    environment: str
    profile: str

    def version(self, **values: Any) -> str:
        found = {
            "version": "1",
            "flags": {"answers": {"name": "answers", "attributes": {"rows": {"constraints": {"type": "number"}}}}},
            "values": {"answers": {"enabled": True, **values}},
        }
        return str(self.put(json.dumps(found).encode())["VersionNumber"])

    def put(self, content: bytes) -> dict[str, Any]:
        return self.ground.client("appconfig").create_hosted_configuration_version(
            ApplicationId=self.application, ConfigurationProfileId=self.profile, Content=content,
            ContentType="application/json",
        )  # fmt: skip

    def start(self, version: str, minutes: int, bake: int = 0) -> int:
        client = self.ground.client("appconfig")
        strategy = client.create_deployment_strategy(
            Name=f"s{version}", DeploymentDurationInMinutes=minutes, GrowthFactor=100 / STEPS, GrowthType="LINEAR",
            FinalBakeTimeInMinutes=bake, ReplicateTo="NONE",
        )["Id"]  # fmt: skip
        return client.start_deployment(
            ApplicationId=self.application, EnvironmentId=self.environment, DeploymentStrategyId=strategy,
            ConfigurationProfileId=self.profile, ConfigurationVersion=version,
        )["DeploymentNumber"]  # fmt: skip

    def told(self, number: int) -> dict[str, Any]:
        return self.ground.client("appconfig").get_deployment(
            ApplicationId=self.application, EnvironmentId=self.environment, DeploymentNumber=number
        )

    def session(self) -> str:
        return self.ground.client("appconfigdata").start_configuration_session(
            ApplicationIdentifier=self.application, EnvironmentIdentifier=self.environment,
            ConfigurationProfileIdentifier=self.profile,
        )["InitialConfigurationToken"]  # fmt: skip

    def read(self, token: str) -> tuple[str, Any]:
        """The next token, and the flags; None where nothing has changed."""
        found = self.ground.client("appconfigdata").get_latest_configuration(ConfigurationToken=token)
        content = found["Configuration"].read()
        return found["NextPollConfigurationToken"], json.loads(content) if content else None


@pytest.fixture
def profile(ground: Ground) -> Profile:
    client = ground.client("appconfig")
    ground.client("cloudwatch").put_metric_alarm(
        AlarmName="errors", Namespace="Estate", MetricName="Errors", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold", Statistic="Sum",
    )  # fmt: skip
    application = client.create_application(Name="models")["Id"]
    monitors = [{"AlarmArn": ground.client("cloudwatch").describe_alarms()["MetricAlarms"][0]["AlarmArn"]}]
    environment = client.create_environment(ApplicationId=application, Name="eta", Monitors=monitors)["Id"]
    profile = client.create_configuration_profile(
        ApplicationId=application, Name="eta", LocationUri="hosted", Type="AWS.AppConfig.FeatureFlags"
    )["Id"]
    return Profile(ground, application, environment, profile)


def test_what_is_deployed_is_read_once_and_again_when_it_changes(profile: Profile) -> None:
    profile.start(profile.version(rows=1), minutes=0)
    token, first = profile.read(profile.session())
    token, second = profile.read(token)
    profile.start(profile.version(rows=2), minutes=0)
    token, third = profile.read(token)
    assert (first, second, third) == (
        {"answers": {"enabled": True, "rows": 1}},
        None,
        {"answers": {"enabled": True, "rows": 2}},
    )


def test_of_a_flag_that_is_off_nothing_more_is_told(profile: Profile) -> None:
    profile.start(profile.version(enabled=False, rows=1), minutes=0)
    assert profile.read(profile.session())[1] == {"answers": {"enabled": False}}


def test_readers_get_new_flags_one_after_another(profile: Profile) -> None:
    profile.start(profile.version(rows=1), minutes=0)
    number = profile.start(profile.version(rows=2), minutes=600)
    readers = [profile.read(profile.session())[1]["answers"]["rows"] for _ in range(60)]
    told = profile.told(number)
    assert (told["State"], told["PercentageComplete"]) == ("DEPLOYING", 100 / STEPS)
    assert 5 <= readers.count(2) <= 28  # a quarter of them, drawn


def test_an_alarm_takes_new_flags_back(profile: Profile) -> None:
    profile.start(profile.version(rows=1), minutes=0)
    number = profile.start(profile.version(rows=2), minutes=0, bake=600)
    assert profile.told(number)["State"] == "BAKING"
    profile.ground.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    told = profile.told(number)
    assert (told["State"], told["EventLog"][0]["TriggeredBy"]) == ("ROLLED_BACK", "CLOUDWATCH_ALARM")
    assert profile.read(profile.session())[1]["answers"]["rows"] == 1


def test_one_deployment_at_a_time(profile: Profile) -> None:
    number = profile.start(profile.version(rows=1), minutes=600)
    error = answer_of(lambda: profile.start(profile.version(rows=2), minutes=0))
    assert error["Error"]["Code"] == "ConflictException"
    place = {"ApplicationId": profile.application, "EnvironmentId": profile.environment}
    profile.ground.client("appconfig").stop_deployment(**place, DeploymentNumber=number)
    assert profile.told(number)["State"] == "ROLLED_BACK"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"rows": "many"}, "answers.rows is no number"),
        ({"speed": 1}, "answers.speed is no attribute of the flag"),
        ({"enabled": "yes"}, "answers.enabled is required"),
    ],
)
def test_flags_that_break_their_own_bounds_are_refused(profile: Profile, values: dict[str, Any], said: str) -> None:
    error = answer_of(lambda: profile.version(**values))
    assert (error["Error"]["Code"], said in error["Error"]["Message"]) == ("BadRequestException", True)


def test_a_token_is_good_once(profile: Profile) -> None:
    profile.start(profile.version(rows=1), minutes=0)
    token = profile.session()
    profile.read(token)
    assert answer_of(lambda: profile.read(token))["Error"]["Code"] == "BadRequestException"
