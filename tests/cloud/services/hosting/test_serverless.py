"""Serverless endpoints through plain boto3, on a clock 600 times as fast: cold starts, limits, nothing while idle."""

import threading
import time
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from tests.cloud.services.endpoint_kit import ask, config, endpoint, metric, model, settled, variant
from tests.cloud.services.harness import Ground, answer_of


@pytest.fixture(scope="module")
def speed() -> float:
    return 600.0


def serverless(model_name: str, concurrency: int = 2, **more: int) -> dict[str, Any]:
    limits = {"MemorySizeInMB": 2048, "MaxConcurrency": concurrency, **more}
    return {"VariantName": "all", "ModelName": model_name, "ServerlessConfig": limits}


def children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def test_the_first_request_starts_it_and_idling_ends_it(ground: Ground) -> None:
    before = children()
    name = endpoint(ground, serverless(model(ground, "cold")))
    assert children() == before
    assert ask(ground, name)["text"]["model"] == "cold"
    assert len(children() - before) == 1
    ask(ground, name)
    assert metric(ground, "ModelSetupTime", name, "SampleCount") == 1
    assert metric(ground, "OverheadLatency", name, "Maximum") > metric(ground, "OverheadLatency", name, "Minimum")
    assert metric(ground, "OverheadLatency", name, "Maximum") >= metric(ground, "ModelSetupTime", name, "Maximum")
    until = time.monotonic() + 20
    while children() != before:  # ten minutes of the clock
        assert time.monotonic() < until
        time.sleep(0.05)
    assert ask(ground, name)["text"]["model"] == "cold"
    assert metric(ground, "ModelSetupTime", name, "SampleCount") == 2


def test_more_requests_at_a_time_than_allowed_are_throttled(ground: Ground) -> None:
    name = endpoint(ground, serverless(model(ground, "busy", SLOW="1"), 1, ProvisionedConcurrency=1))
    answers: list[str] = []
    together = threading.Barrier(3)

    def send() -> None:
        together.wait()
        try:
            answers.append(ask(ground, name)["text"]["model"])
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            answers.append(f"{error.response['Error']['Code']} {status}")

    senders = [threading.Thread(target=send) for _ in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(answers) == ["ThrottlingException 429", "ThrottlingException 429", "busy"]
    more = [{"VariantName": "all", "ServerlessUpdateConfig": {"MaxConcurrency": 5}}]
    ground.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=name, DesiredWeightsAndCapacities=more
    )
    found = settled(ground, name)["ProductionVariants"][0]
    assert found["CurrentServerlessConfig"] == {
        "MemorySizeInMB": 2048, "MaxConcurrency": 5, "ProvisionedConcurrency": 1,
    }  # fmt: skip


def test_provisioned_concurrency_is_never_cold(ground: Ground) -> None:
    before = children()
    name = endpoint(ground, serverless(model(ground, "warm"), 2, ProvisionedConcurrency=1))
    assert len(children() - before) == 1
    ask(ground, name)
    assert metric(ground, "ModelSetupTime", name, "SampleCount") == 0


def test_a_rollout_goes_all_at_once(ground: Ground) -> None:
    name = endpoint(ground, serverless(model(ground, "old")))
    new = config(ground, serverless(model(ground, "new")))
    policy = {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}}
    update = ground.client("sagemaker").update_endpoint
    update(EndpointName=name, EndpointConfigName=new, DeploymentConfig={"BlueGreenUpdatePolicy": policy})
    assert settled(ground, name)["EndpointConfigName"] == new
    assert ask(ground, name)["text"]["model"] == "new"
    canary = {"Type": "CANARY", "WaitIntervalInSeconds": 0, "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10}}
    refused = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": canary}}
    error = answer_of(lambda: update(EndpointName=name, EndpointConfigName=new, DeploymentConfig=refused))
    assert "can only be shifted all at once" in error["Error"]["Message"]


def test_a_container_that_does_not_start_fails_its_endpoint(ground: Ground) -> None:
    name = config(ground, serverless(model(ground, "x", BREAK="1")))
    ground.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert settled(ground, name)["EndpointStatus"] == "Failed"


def test_an_endpoint_with_instances_does_not_become_serverless(ground: Ground) -> None:
    name = endpoint(ground, variant("all", model(ground, "x")))
    new = config(ground, serverless(model(ground, "y")))
    update = ground.client("sagemaker").update_endpoint
    error = answer_of(lambda: update(EndpointName=name, EndpointConfigName=new))
    assert "Cannot update an endpoint with instances to a serverless one" in error["Error"]["Message"]


CAPTURE = {
    "InitialSamplingPercentage": 1,
    "DestinationS3Uri": "s3://estate-test-bucket/x",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


@pytest.mark.parametrize(
    ("change", "more", "message"),
    [
        ({"InstanceType": "ml.m5.large"}, {}, "InstanceType cannot be given with ServerlessConfig"),
        ({"ServerlessConfig": {"MemorySizeInMB": 1500, "MaxConcurrency": 1}}, {}, "MemorySizeInMB must be one of"),
        ({"ServerlessConfig": {"MemorySizeInMB": 7168, "MaxConcurrency": 1}}, {}, "less than or equal to 6144"),
        (
            {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1, "ProvisionedConcurrency": 2}},
            {},
            "ProvisionedConcurrency must be less than or equal to MaxConcurrency",
        ),
        ({}, {"DataCaptureConfig": CAPTURE}, "does not support data capture"),
        (
            {},
            {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://estate-test-bucket/x"}}},
            "does not support asynchronous inference",
        ),
    ],
)
def test_what_serverless_does_not_support_is_refused(
    ground: Ground, change: dict[str, Any], more: dict[str, Any], message: str
) -> None:
    one = {**serverless(model(ground, "x")), **change}
    error = answer_of(lambda: config(ground, one, **more))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


def test_serverless_has_one_variant_and_no_shadow(ground: Ground) -> None:
    one = serverless(model(ground, "x"))
    error = answer_of(lambda: config(ground, one, {**one, "VariantName": "b"}))
    assert "does not support multiple production variants" in error["Error"]["Message"]
    error = answer_of(lambda: config(ground, one, ShadowProductionVariants=[variant("b", one["ModelName"])]))
    assert "does not support shadow variants" in error["Error"]["Message"]
