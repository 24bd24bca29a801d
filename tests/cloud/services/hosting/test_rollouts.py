"""Deployment guardrails through plain boto3, on a clock 60 times as fast: alarms really go off."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloud.services.endpoint_kit import ask, model, settled, variant
from tests.cloud.services.endpoint_kit import config as configured
from tests.cloud.services.harness import Ground, answer_of
from tests.cloud.services.rollout_kit import (
    CANARY,
    SPEED,
    alarm,
    blue_green,
    config,
    mixed,
    near,
    rolling,
    traffic,
    update,
)


@pytest.fixture(scope="module")
def speed() -> float:
    return SPEED


@pytest.fixture
def served(ground: Ground) -> Iterator[str]:
    """An endpoint that answers `old`. Its configuration has its name."""
    sagemaker = ground.client("sagemaker")
    name = config(ground, "old")
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    while sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Creating":
        time.sleep(0.02)
    yield name
    sagemaker.delete_endpoint(EndpointName=name)


@pytest.fixture
def errors(ground: Ground, served: str) -> Iterator[str]:
    """An alarm on server errors: more than 1 % of a minute's requests, in two minutes of three."""
    yield from alarm(ground, served, "Invocation5XXErrors", "Average", 0.01)


def test_a_canary_takes_its_share_while_it_bakes_then_all(ground: Ground, served: str) -> None:
    new = config(ground, "new")
    with traffic(ground, served) as seen:
        found = update(ground, served, new, blue_green(CANARY, bake=90), seen)
    assert (found["EndpointConfigName"], found.get("FailureReason")) == (new, None)
    assert set(seen.answers) == {"old", "new"}
    count, total = mixed(seen.answers, "new")
    assert total > 20
    assert near(count, total, 0.25)
    assert ("Updating", "Baking", 1) in seen.states
    assert seen.states.index(("Updating", "Baking", 1)) < seen.states.index(("Updating", "Baking", 4))
    assert "PendingDeploymentSummary" not in found
    assert found["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "CANARY"


def test_a_canary_of_two_variants_keeps_their_weights(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")

    def both(text: str) -> str:
        variants = [
            variant(each, model(ground, f"{text}-{each}"), 2, weight) for each, weight in (("a", 3.0), ("b", 1.0))
        ]
        return configured(ground, *variants)

    name = both("old")
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    settled(ground, name)
    canary = {"Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50}}
    new = both("new")
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=new, DeploymentConfig=blue_green(canary, bake=30))
    found = []
    while sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Updating":
        found += [ask(ground, name)["text"]["model"] for _ in range(5)]
    assert {answer.partition("-")[0] for answer in found} == {"old", "new"}
    after = [ask(ground, name)["text"]["model"] for _ in range(200)]
    assert set(after) == {"new-a", "new-b"}
    assert near(after.count("new-b"), 200, 0.25)
    sagemaker.delete_endpoint(EndpointName=name)


def test_linear_goes_step_by_step(ground: Ground, served: str) -> None:
    with traffic(ground, served) as seen:
        step = {"Type": "LINEAR", "LinearStepSize": {"Type": "INSTANCE_COUNT", "Value": 1}}
        update(ground, served, config(ground, "new"), blue_green(step, bake=30), seen)
    baking = [count for status, variant, count in seen.states if (status, variant) == ("Updating", "Baking")]
    assert baking == [1, 2, 3, 4]
    assert set(seen.answers) == {"old", "new"}


def test_all_at_once_shifts_everything_and_keeps_the_old_fleet_as_long_as_asked(ground: Ground, served: str) -> None:
    started = time.monotonic()
    with traffic(ground, served) as seen:
        policy = blue_green({"Type": "ALL_AT_ONCE"}, bake=15, TerminationWaitInSeconds=30)
        update(ground, served, config(ground, "new"), policy, seen)
    assert time.monotonic() - started > 45 / SPEED
    count, total = mixed(seen.answers, "new") if "old" in seen.answers[seen.answers.index("new") :] else (0, 0)
    assert total - count <= 1  # a request that was under way
    assert set(seen.answers) == {"old", "new"}


def test_rolling_replaces_batch_by_batch(ground: Ground, served: str) -> None:
    new = config(ground, "new")
    with traffic(ground, served) as seen:
        found = update(ground, served, new, rolling(50, bake=30), seen)
    baking = [count for status, variant, count in seen.states if (status, variant) == ("Updating", "Baking")]
    assert baking == [2, 4]
    assert found["EndpointConfigName"] == new
    assert set(seen.answers) == {"old", "new"}


def test_without_a_deployment_configuration_traffic_shifts_at_once_unless_the_last_one_is_kept(
    ground: Ground, served: str
) -> None:
    new, sagemaker = config(ground, "new"), ground.client("sagemaker")
    with traffic(ground, served) as seen:
        update(ground, served, new, blue_green({"Type": "ALL_AT_ONCE"}, bake=0), seen)
        update(ground, served, served, None, seen)
        sagemaker.update_endpoint(EndpointName=served, EndpointConfigName=new, RetainDeploymentConfig=True)
        update_done = time.monotonic() + 20
        while sagemaker.describe_endpoint(EndpointName=served)["EndpointStatus"] != "InService":
            assert time.monotonic() < update_done
            time.sleep(0.02)
    assert set(seen.answers) == {"old", "new"}


def test_errors_of_the_canary_trip_the_alarm_and_only_its_share_fails(ground: Ground, served: str, errors: str) -> None:
    bad = config(ground, "bad", FAIL="1", LINGER="0.3")
    with traffic(ground, served) as seen:
        found = update(ground, served, bad, blue_green(CANARY, bake=600, alarms=(errors,)), seen)
        after = len(seen.answers)
        time.sleep(0.5)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", served)
    assert f"Rolled back because of alarms in state ALARM: {errors}: Threshold Crossed" in found["FailureReason"]
    assert ("RollingBack", "Deleting", 0) in seen.states
    assert set(seen.answers) == {"old", "ModelError 500"}
    assert set(seen.answers[after + 1 :]) == {"old"}
    first = seen.answers.index("ModelError 500")
    last = len(seen.answers) - seen.answers[::-1].index("ModelError 500")
    assert near(seen.answers.count("ModelError 500"), last - first, 0.25)


def test_an_alarm_on_the_new_fleet_alone_sees_its_latency(ground: Ground, served: str) -> None:
    slow = config(ground, "slow", SLOW="0.15")
    for name in alarm(ground, served, "ModelLatency", "Average", 100_000, slow):
        with traffic(ground, served) as seen:
            found = update(ground, served, slow, blue_green(CANARY, bake=600, alarms=(name,)), seen)
        assert found["EndpointConfigName"] == served
        assert name in found["FailureReason"]
        assert set(seen.answers) == {"old", "slow"}


def test_an_alarm_that_is_on_already_ends_the_deployment_before_traffic_shifts(ground: Ground, served: str) -> None:
    for name in alarm(ground, served, "NobodyPutsThis", "Average", 0, missing="breaching"):
        with traffic(ground, served) as seen:
            found = update(ground, served, config(ground, "new"), blue_green(CANARY, bake=60, alarms=(name,)), seen)
    assert found["EndpointConfigName"] == served
    assert "no datapoints were received" in found["FailureReason"]
    assert set(seen.answers) == {"old"}


def test_a_rolling_update_can_be_taken_back_in_batches(ground: Ground, served: str, errors: str) -> None:
    size = {"Type": "CAPACITY_PERCENT", "Value": 25}
    policy = rolling(50, bake=90, alarms=(errors,), RollbackMaximumBatchSize=size)
    with traffic(ground, served) as seen:
        found = update(ground, served, config(ground, "bad", FAIL="1", LINGER="0.3"), policy, seen)
    back = [count for status, _, count in seen.states if status == "RollingBack"]
    assert back[back.index(1) :] == [1, 0]
    assert found["EndpointConfigName"] == served


def test_a_new_fleet_that_does_not_start_takes_no_traffic(ground: Ground, served: str, errors: str) -> None:
    with traffic(ground, served) as seen:
        broken = config(ground, "broken", BREAK="1")
        found = update(ground, served, broken, blue_green(CANARY, bake=60, alarms=(errors,)), seen)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", served)
    assert "did not pass the ping health check" in found["FailureReason"]
    assert set(seen.answers) == {"old"}


def test_an_update_in_progress_is_told_and_refuses_another_and_a_deletion(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")
    old, new, name = config(ground, "old"), config(ground, "new"), "passing"
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=old)
    while sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Creating":
        time.sleep(0.02)
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=new, DeploymentConfig=blue_green(CANARY, bake=3600))
    found = sagemaker.describe_endpoint(EndpointName=name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("Updating", old)
    assert found["PendingDeploymentSummary"]["EndpointConfigName"] == new
    (variant,) = found["PendingDeploymentSummary"]["ProductionVariants"]
    assert (variant["DesiredInstanceCount"], variant["InstanceType"]) == (4, "ml.m5.large")
    error = answer_of(lambda: sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=old))
    assert "Cannot update in-progress endpoint" in error["Error"]["Message"]
    error = answer_of(lambda: sagemaker.delete_endpoint(EndpointName=name))
    assert "Cannot update in-progress endpoint" in error["Error"]["Message"]


PERCENT, COUNT = "CAPACITY_PERCENT", "INSTANCE_COUNT"


@pytest.mark.parametrize(
    ("instances", "deployment", "message"),
    [
        (1, blue_green(CANARY), "variant all, which has 1 instances: it must be at most 50%"),
        (4, blue_green({"Type": "CANARY", "CanarySize": {"Type": PERCENT, "Value": 51}}), "at most 50%"),
        (4, blue_green({"Type": "CANARY", "CanarySize": {"Type": COUNT, "Value": 3}}), "at most 50%"),
        (4, blue_green({"Type": "CANARY"}), "CanarySize is required CANARY"),
        (4, blue_green({**CANARY, "Type": "LINEAR"}), "CanarySize is not for LINEAR"),
        (4, blue_green({"Type": "LINEAR", "LinearStepSize": {"Type": PERCENT, "Value": 9}}), "must be 10 to 50%"),
        (20, blue_green({"Type": "LINEAR", "LinearStepSize": {"Type": COUNT, "Value": 1}}), "must be 10 to 50%"),
        (4, rolling(4), "must be 5 to 50%"),
        (1, rolling(50), "which has 1 instances"),
        (4, {**rolling(50), **blue_green(CANARY)}, "Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy"),
        (4, blue_green(CANARY, alarms=("nobody-made-me",)), "could not find alarms: nobody-made-me"),
        (
            4,
            blue_green(CANARY, bake=600, MaximumExecutionTimeoutInSeconds=1200),
            "MaximumExecutionTimeoutInSeconds 1200 must be larger than the total waiting time, 1200",
        ),
        (4, blue_green({"Type": "SUDDEN"}), "Member must satisfy enum value set"),
        (4, blue_green(CANARY, bake=3601), "Member must have value less than or equal to 3600"),
    ],
)
def test_what_sagemaker_does_not_allow_is_refused_and_changes_nothing(
    ground: Ground, instances: int, deployment: dict[str, Any], message: str
) -> None:
    sagemaker = ground.client("sagemaker")
    name = config(ground, "old", instances)
    error = answer_of(
        lambda: sagemaker.create_endpoint(EndpointName="no", EndpointConfigName=name, DeploymentConfig=deployment)
    )
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]
    assert "no" not in [item["EndpointName"] for item in sagemaker.list_endpoints()["Endpoints"]]
