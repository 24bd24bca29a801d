"""Several variants behind one endpoint: weights, targets, shadows, sessions, capacity, through plain boto3."""

import json
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.cloud.services.endpoint_kit import ask, config, endpoint, metric, model, settled, variant
from tests.cloud.services.harness import Ground, answer_of


def test_weights_share_the_traffic_and_each_variant_is_measured(ground: Ground, compared: str) -> None:
    answers = [ask(ground, compared) for _ in range(100)]
    assert all(found["text"]["model"] == found["InvokedProductionVariant"] for found in answers)
    count = sum(found["InvokedProductionVariant"] == "a" for found in answers)
    assert 53 <= count <= 97  # five standard deviations
    assert metric(ground, "Invocations", compared, variant="a") == count
    assert metric(ground, "Invocations", compared, variant="b") == 100 - count
    assert metric(ground, "InvocationsPerInstance", compared, variant="a") == pytest.approx(count / 3)


def test_a_target_variant_answers_whatever_the_weights(ground: Ground, compared: str) -> None:
    assert {ask(ground, compared, TargetVariant="b")["text"]["model"] for _ in range(20)} == {"b"}


def test_weights_and_instances_are_changed_while_it_serves(ground: Ground) -> None:
    name = endpoint(ground, variant("a", model(ground, "a")), variant("b", model(ground, "b")))
    wanted = [
        {"VariantName": "a", "DesiredWeight": 0.0},
        {"VariantName": "b", "DesiredWeight": 2.0, "DesiredInstanceCount": 5},
    ]
    ground.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=name, DesiredWeightsAndCapacities=wanted
    )
    a, b = settled(ground, name)["ProductionVariants"]
    assert (a["CurrentWeight"], a["DesiredWeight"]) == (0.0, 0.0)
    assert (b["CurrentWeight"], b["CurrentInstanceCount"], b["DesiredInstanceCount"]) == (2.0, 5, 5)
    assert {ask(ground, name)["text"]["model"] for _ in range(20)} == {"b"}


def test_an_update_may_keep_what_was_changed(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")
    name = endpoint(ground, variant("all", model(ground, "old")))
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=name, DesiredWeightsAndCapacities=[{"VariantName": "all", "DesiredInstanceCount": 4}]
    )
    settled(ground, name)
    new = config(ground, variant("all", model(ground, "new")))
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=new, RetainAllVariantProperties=True)
    assert settled(ground, name)["ProductionVariants"][0]["CurrentInstanceCount"] == 4
    sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=new, RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredInstanceCount"}],
    )  # fmt: skip
    assert settled(ground, name)["ProductionVariants"][0]["CurrentInstanceCount"] == 1


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([{"VariantName": "c", "DesiredWeight": 1.0}], 'The variant name "c" was not found'),
        ([{"VariantName": "a", "DesiredInstanceCount": 0}], "only asynchronous endpoints go to 0"),
        ([{"VariantName": "a", "ServerlessUpdateConfig": {"MaxConcurrency": 2}}], "is not serverless"),
        ([{"VariantName": "a", "DesiredWeight": each} for each in (1.0, 2.0)], "names must be unique: a, a"),
    ],
)
def test_a_wrong_change_of_capacity_is_refused(
    ground: Ground, compared: str, wanted: list[dict[str, Any]], message: str
) -> None:
    call = ground.client("sagemaker").update_endpoint_weights_and_capacities
    error = answer_of(lambda: call(EndpointName=compared, DesiredWeightsAndCapacities=wanted))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"TargetModel": "m.tar.gz"}, "is not a multi-model endpoint"),
        ({"TargetContainerHostname": "one"}, "not a multi-container endpoint"),
        ({"InferenceComponentName": "one"}, "hosts no inference components"),
        ({"EnableExplanations": "`true`"}, "has no explainer"),
        ({"SessionId": "nobody"}, "Session nobody"),
    ],
)
def test_targets_that_an_endpoint_lacks_are_refused(
    ground: Ground, compared: str, given: dict[str, Any], reason: str
) -> None:
    error = answer_of(lambda: ask(ground, compared, **given))
    assert error["Error"]["Code"] == "ValidationError"
    assert reason in error["Error"]["Message"]


# --- configurations


@pytest.mark.parametrize(
    ("change", "more", "message"),
    [
        ({"InitialVariantWeight": 0.0}, {}, "The sum of InitialVariantWeight of all production variants must be"),
        ({"ModelName": "nobody"}, {}, "Could not find model"),
        ({"InstanceType": "ml.huge.large"}, {}, "Member must satisfy enum value set"),
        ({"RoutingConfig": {"RoutingStrategy": "KV_AWARE"}}, {}, "RoutingStrategy KV_AWARE is not supported offline"),
        ({"ManagedInstanceScaling": {"Status": "ENABLED"}}, {}, "is for variants of inference components"),
        ({}, {"ExplainerConfig": {"ClarifyExplainerConfig": {"ShapConfig": {"ShapBaselineConfig": {}}}}}, "online"),
        ({}, {"ShadowProductionVariants": 1}, "Variant names must be unique: all"),
        ({"VariantName": "other"}, {"ShadowProductionVariants": 2}, "only one production and one shadow variant"),
    ],
)
def test_a_wrong_configuration_is_refused(
    ground: Ground, compared: str, change: dict[str, Any], more: dict[str, Any], message: str
) -> None:
    described = ground.client("sagemaker").describe_endpoint_config(EndpointConfigName=compared)
    one = variant("all", described["ProductionVariants"][0]["ModelName"])
    if "ShadowProductionVariants" in more:
        names = ("all", "more")[: more["ShadowProductionVariants"]]
        more = {"ShadowProductionVariants": [{**one, "VariantName": name} for name in names]}
    error = answer_of(lambda: config(ground, {**one, **change}, **more))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


def test_a_deployment_with_guardrails_keeps_the_variants_names(ground: Ground, compared: str) -> None:
    deployment = {"BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}}}  # fmt: skip
    other = config(ground, variant("other", model(ground, "x")))
    update = ground.client("sagemaker").update_endpoint
    error = answer_of(lambda: update(EndpointName=compared, EndpointConfigName=other, DeploymentConfig=deployment))
    assert "must have the same variant names as the old one: a, b, not other" in error["Error"]["Message"]
    policy = {"RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1},
                                      "WaitIntervalInSeconds": 0}}  # fmt: skip
    same = ground.client("sagemaker").describe_endpoint(EndpointName=compared)["EndpointConfigName"]
    error = answer_of(lambda: update(EndpointName=compared, EndpointConfigName=same, DeploymentConfig=policy))
    assert "RollingUpdatePolicy is not for endpoints with several" in error["Error"]["Message"]


def test_events_tell_of_endpoints_and_their_deployments(ground: Ground) -> None:
    queue = ground.client("sqs").create_queue(QueueName="told")["QueueUrl"]
    arn = ground.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    ground.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
         "Resource": arn}]})})  # fmt: skip
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": [{"prefix": "SageMaker Endpoint"}, "SageMaker Model State Change"],
    }
    ground.client("events").put_rule(Name="told", EventPattern=json.dumps(pattern))
    ground.client("events").put_targets(Rule="told", Targets=[{"Id": "q", "Arn": arn}])
    name = endpoint(ground, variant("all", model(ground, "old")))
    ground.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=name, DesiredWeightsAndCapacities=[{"VariantName": "all", "DesiredInstanceCount": 2}]
    )
    settled(ground, name)
    ground.client("sagemaker").delete_endpoint(EndpointName=name)
    ground.cloud.flush()
    told = []
    until = time.monotonic() + 10
    while len(told) < 6 and time.monotonic() < until:
        found = ground.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        told += [json.loads(item["Body"]) for item in found]
    seen = {(item["detail-type"].removeprefix("SageMaker "), item["detail"].get("EndpointStatus")) for item in told}
    assert seen == {
        ("Model State Change", None),
        ("Endpoint State Change", "CREATING"),
        ("Endpoint State Change", "IN_SERVICE"),
        ("Endpoint Deployment State Change", "UPDATING"),
        ("Endpoint State Change", "DELETING"),
    }
    scaled = next(item for item in told if "Deployment" in item["detail-type"])["detail"]["ProductionVariants"][0]
    assert (scaled["CurrentInstanceCount"], scaled["DesiredInstanceCount"]) == (1, 2)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processor and memory are read from /proc")
def test_instances_are_measured(ground: Ground, compared: str) -> None:
    for _ in range(2):  # processor time is measured between two looks
        ask(ground, compared)
        ground.cloud.flush()
    for name, least in (("CPUUtilization", 0.0), ("MemoryUtilization", 0.001)):
        found = ground.client("cloudwatch").get_metric_statistics(
            Namespace="/aws/sagemaker/Endpoints", MetricName=name, StartTime=time.time() - 3600,
            EndTime=time.time() + 60, Period=86400, Statistics=["Maximum", "Minimum"],
            Dimensions=[{"Name": "EndpointName", "Value": compared}, {"Name": "VariantName", "Value": "a"}],
        )["Datapoints"]  # fmt: skip
        assert least <= found[0]["Minimum"] <= found[0]["Maximum"]


def test_no_process_outlives_its_endpoint(ground: Ground) -> None:
    before = set(psutil.Process().children(recursive=True))
    shadow = [variant("next", model(ground, "next"))]
    name = endpoint(ground, variant("live", model(ground, "live")), ShadowProductionVariants=shadow)
    started = set(psutil.Process().children(recursive=True)) - before
    assert len(started) == 2
    ground.client("sagemaker").delete_endpoint(EndpointName=name)
    assert not any(process.is_running() for process in started)
