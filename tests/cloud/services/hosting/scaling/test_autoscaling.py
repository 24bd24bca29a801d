"""Application Auto Scaling of variants through plain boto3, on a clock 480 times as fast: eight minutes a second."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cloud.services.endpoint_kit import ask, config, endpoint, model, settled, variant
from tests.cloud.services.harness import Ground, answer_of

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
LONGEST_S = 30.0


@pytest.fixture(scope="module")
def speed() -> float:
    return 480.0


def place(name: str) -> dict[str, str]:
    resource = f"endpoint/{name}/variant/all"
    return {"ServiceNamespace": "sagemaker", "ResourceId": resource, "ScalableDimension": DIMENSION}


@pytest.fixture(scope="module")
def served(ground: Ground) -> str:
    return endpoint(ground, variant("all", model(ground, "x")))


@contextmanager
def scaled(ground: Ground, name: str, least: int, most: int, **policies: dict[str, Any]) -> Generator[None]:
    """The endpoint's variant is a scalable target with policies."""
    scaling = ground.client("application-autoscaling")
    scaling.register_scalable_target(**place(name), MinCapacity=least, MaxCapacity=most)
    for policy, body in policies.items():
        kind = "TargetTrackingScaling" if "TargetValue" in body else "StepScaling"
        scaling.put_scaling_policy(
            **place(name), PolicyName=policy, PolicyType=kind, **{f"{kind}PolicyConfiguration": body}
        )
    try:
        yield
    finally:
        scaling.deregister_scalable_target(**place(name))


def by_invocations(target: float, **more: Any) -> dict[str, Any]:
    return {
        "TargetValue": target,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        "ScaleOutCooldown": 0,
        "ScaleInCooldown": 0,
        **more,
    }


def instances(ground: Ground, name: str) -> int:
    return settled(ground, name)["ProductionVariants"][0]["CurrentInstanceCount"]


def wait(until: Callable[[], bool], doing: Callable[[], object] = lambda: time.sleep(0.05)) -> None:
    end = time.monotonic() + LONGEST_S
    while not until():
        assert time.monotonic() < end
        doing()


def activities(ground: Ground, name: str) -> list[dict[str, Any]]:
    scaling = ground.client("application-autoscaling")
    return scaling.describe_scaling_activities(ServiceNamespace="sagemaker", ResourceId=f"endpoint/{name}/variant/all")[
        "ScalingActivities"
    ]


def test_load_adds_instances_and_its_end_removes_them(ground: Ground, served: str) -> None:
    with scaled(ground, served, 1, 3, load=by_invocations(0.1)):
        wait(lambda: instances(ground, served) == 3, lambda: ask(ground, served))
        wait(lambda: instances(ground, served) == 1)
    newest = activities(ground, served)[0]
    assert newest["Description"] == "Setting desired instance count to 1."
    assert newest["StatusCode"] == "Successful"
    assert "-AlarmLow-" in newest["Cause"]
    out = next(item for item in activities(ground, served) if item["Description"].endswith("to 3."))
    assert "-AlarmHigh-" in out["Cause"]
    assert out["Cause"].endswith("in state ALARM triggered policy load")


def test_scaling_in_can_be_disabled_and_suspended(ground: Ground, served: str) -> None:
    policy = by_invocations(0.1, DisableScaleIn=True)
    with scaled(ground, served, 2, 3, load=policy):
        wait(lambda: instances(ground, served) == 2)  # the minimum
        found = ground.client("application-autoscaling").describe_scaling_policies(ServiceNamespace="sagemaker")
        assert [alarm["AlarmName"].split("-")[-6] for alarm in found["ScalingPolicies"][0]["Alarms"]] == ["AlarmHigh"]
        suspended = {"DynamicScalingOutSuspended": True}
        ground.client("application-autoscaling").register_scalable_target(**place(served), SuspendedState=suspended)
        until = time.monotonic() + 1  # eight minutes
        while time.monotonic() < until:
            ask(ground, served)
        assert instances(ground, served) == 2


def test_a_policys_alarms_come_and_go_with_it(ground: Ground, served: str) -> None:
    alarms = ground.client("cloudwatch").describe_alarms
    prefix = f"TargetTracking-endpoint/{served}/variant/all-"
    with scaled(ground, served, 1, 2, load=by_invocations(100)):
        found = {
            item["AlarmName"].split("-Alarm")[1][:3]: item for item in alarms(AlarmNamePrefix=prefix)["MetricAlarms"]
        }
        assert sorted(found) == ["Hig", "Low"]
        assert (found["Hig"]["EvaluationPeriods"], found["Hig"]["Threshold"]) == (3, 100.0)
        assert (found["Low"]["EvaluationPeriods"], found["Low"]["Threshold"]) == (15, 90.0)
        scaling = ground.client("application-autoscaling")
        again = scaling.put_scaling_policy(
            **place(served), PolicyName="load", PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=by_invocations(50),
        )  # fmt: skip
        names = {alarm["AlarmName"] for alarm in again["Alarms"]}
        assert {item["AlarmName"] for item in alarms(AlarmNamePrefix=prefix)["MetricAlarms"]} == names
    assert alarms(AlarmNamePrefix=prefix)["MetricAlarms"] == []


def test_a_schedule_moves_the_bounds(ground: Ground, served: str) -> None:
    scaling = ground.client("application-autoscaling")
    with scaled(ground, served, 1, 5):
        scaling.put_scheduled_action(
            **place(served), ScheduledActionName="up", Schedule="rate(1 minute)",
            ScalableTargetAction={"MinCapacity": 4, "MaxCapacity": 5},
        )  # fmt: skip
        wait(lambda: instances(ground, served) == 4)
        scaling.delete_scheduled_action(**place(served), ScheduledActionName="up")
        soon = (datetime.now(UTC) + timedelta(days=400)).strftime("%Y-%m-%dT%H:%M:%S")
        scaling.put_scheduled_action(
            **place(served), ScheduledActionName="later", Schedule=f"at({soon})",
            ScalableTargetAction={"MinCapacity": 1, "MaxCapacity": 1},
        )  # fmt: skip
        (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
        assert (target["MinCapacity"], target["MaxCapacity"]) == (4, 5)
        causes = [item["Cause"] for item in activities(ground, served)]
        assert "minimum capacity was set to 4 (scheduled action up)" in causes
        assert scaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"] != []
    assert scaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"] == []


def test_a_backlog_without_capacity_wakes_an_asynchronous_endpoint_by_steps(ground: Ground) -> None:
    output = {"OutputConfig": {"S3OutputPath": f"s3://{ground.bucket}/out"}}
    name = endpoint(ground, variant("all", model(ground, "x")), AsyncInferenceConfig=output)
    step = {
        "AdjustmentType": "ChangeInCapacity", "MetricAggregationType": "Average", "Cooldown": 60,
        "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
    }  # fmt: skip
    scaling, cloudwatch = ground.client("application-autoscaling"), ground.client("cloudwatch")
    with scaled(ground, name, 0, 2, wake=step):
        ground.client("sagemaker").update_endpoint_weights_and_capacities(
            EndpointName=name, DesiredWeightsAndCapacities=[{"VariantName": "all", "DesiredInstanceCount": 0}]
        )
        assert instances(ground, name) == 0
        found = scaling.describe_scaling_policies(
            ServiceNamespace="sagemaker", ResourceId=f"endpoint/{name}/variant/all"
        )
        cloudwatch.put_metric_alarm(
            AlarmName="backlog", Namespace="AWS/SageMaker", MetricName="HasBacklogWithoutCapacity", Statistic="Average",
            Dimensions=[{"Name": "EndpointName", "Value": name}], Period=60, EvaluationPeriods=2, DatapointsToAlarm=2,
            Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold", TreatMissingData="missing",
            AlarmActions=[found["ScalingPolicies"][0]["PolicyARN"]],
        )  # fmt: skip
        asked = ground.client("sagemaker-runtime").invoke_endpoint_async(
            EndpointName=name, InputLocation=ground.put("in", b"1"), ContentType="text/csv"
        )
        wait(lambda: instances(ground, name) == 1)
        ground.cloud.flush()
        assert ground.get(asked["OutputLocation"].removeprefix(f"s3://{ground.bucket}/")) != b""
        cloudwatch.delete_alarms(AlarmNames=["backlog"])


def test_scaling_fails_while_a_deployment_runs_and_says_so(ground: Ground) -> None:
    name = endpoint(ground, variant("all", model(ground, "x"), 2))
    canary = {"Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}, "WaitIntervalInSeconds": 3600}
    new = config(ground, variant("all", model(ground, "y"), 2))
    ground.client("sagemaker").update_endpoint(
        EndpointName=name, EndpointConfigName=new,
        DeploymentConfig={"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": canary}},
    )  # fmt: skip
    with scaled(ground, name, 3, 3):
        wait(lambda: bool(activities(ground, name)))
        found = activities(ground, name)[0]
        assert (found["StatusCode"], "in-progress endpoint" in found["StatusMessage"]) == ("Failed", True)


@pytest.mark.parametrize(
    ("operation", "given", "code", "message"),
    [
        ("register_scalable_target", {"MinCapacity": 0, "MaxCapacity": 1}, "ValidationException", "asynchronous"),
        ("register_scalable_target", {"MinCapacity": 2, "MaxCapacity": 1}, "ValidationException", "cannot be less"),
        ("register_scalable_target", {"MinCapacity": 1}, "ValidationException", "MinCapacity and MaxCapacity are"),
        (
            "register_scalable_target",
            {
                "MinCapacity": 1,
                "MaxCapacity": 2,
                "ScalableDimension": "sagemaker:variant:DesiredProvisionedConcurrency",
            },
            "ValidationException",
            "is no serverless one with provisioned concurrency",
        ),
        ("deregister_scalable_target", {}, "ObjectNotFoundException", "No scalable target registered"),
        ("delete_scaling_policy", {"PolicyName": "x"}, "ObjectNotFoundException", "No scaling policy found"),
        ("put_scaling_policy", {"PolicyName": "x"}, "ObjectNotFoundException", "No scalable target registered"),
        (
            "put_scheduled_action",
            {"ScheduledActionName": "x", "Schedule": "rate(1 minute)"},
            "ObjectNotFoundException",
            "No scalable target registered",
        ),
    ],
)
def test_wrong_calls_are_refused(
    ground: Ground, served: str, operation: str, given: dict[str, Any], code: str, message: str
) -> None:
    call = getattr(ground.client("application-autoscaling"), operation)
    error = answer_of(lambda: call(**{**place(served), **given}))
    assert error["Error"]["Code"] == code
    assert message in error["Error"]["Message"]


def test_wrong_policies_are_refused(ground: Ground, served: str) -> None:
    put = ground.client("application-autoscaling").put_scaling_policy
    wrong = {"TargetValue": 1.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget"}}
    with scaled(ground, served, 1, 2):
        error = answer_of(
            lambda: put(
                **place(served), PolicyName="p", PolicyType="TargetTrackingScaling",
                TargetTrackingScalingPolicyConfiguration=wrong,
            )
        )  # fmt: skip
        assert "SageMakerVariantInvocationsPerInstance alone is supported" in error["Error"]["Message"]
        error = answer_of(
            lambda: ground.client("application-autoscaling").put_scheduled_action(
                **place(served), ScheduledActionName="x", Schedule="sometimes"
            )
        )
        assert error["Error"]["Code"] == "ValidationException"


def test_a_target_must_be_served(ground: Ground) -> None:
    register = ground.client("application-autoscaling").register_scalable_target
    error = answer_of(lambda: register(**place("nowhere"), MinCapacity=1, MaxCapacity=2))
    assert error["Error"]["Code"] == "ValidationException"
    assert "is not one with instances of an endpoint" in error["Error"]["Message"]


def test_warm_workers_may_be_scaled_within_their_concurrency(ground: Ground) -> None:
    worker = {"MemorySizeInMB": 2048, "MaxConcurrency": 5, "ProvisionedConcurrency": 2}
    serverless = {"VariantName": "all", "ModelName": model(ground, "warm"), "ServerlessConfig": worker}
    name = endpoint(ground, serverless)
    scaling = ground.client("application-autoscaling")
    target = {
        "ServiceNamespace": "sagemaker", "ResourceId": f"endpoint/{name}/variant/all",
        "ScalableDimension": "sagemaker:variant:DesiredProvisionedConcurrency",
    }  # fmt: skip
    error = answer_of(lambda: scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=6))
    assert "must be between 1 and 5" in error["Error"]["Message"]
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=4)
    (kept,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[target["ResourceId"]])[
        "ScalableTargets"
    ]
    assert (kept["MinCapacity"], kept["MaxCapacity"]) == (2, 4)
