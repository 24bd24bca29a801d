"""Asynchronous endpoints through plain boto3, on a clock 60 times as fast: S3 in, S3 and SNS out, down to nothing."""

import json
import time
from typing import Any

import pytest

from tests.cloud.services.endpoint_kit import captured, config, endpoint, metric, model, settled, variant
from tests.cloud.services.harness import Ground, answer_of


@pytest.fixture(scope="module")
def speed() -> float:
    return 60.0


@pytest.fixture(scope="module")
def topics(ground: Ground) -> dict[str, str]:
    """Topics `success` and `error`, and queues that hear them, under the same names with `-queue`."""
    found = {}
    for name in ("success", "error"):
        topic = ground.client("sns").create_topic(Name=name)["TopicArn"]
        queue = ground.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        arn = ground.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        ground.client("sns").subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )  # fmt: skip
        found |= {name: topic, f"{name}-queue": queue}
    return found


@pytest.fixture(scope="module")
def asynchronous(ground: Ground, topics: dict[str, str]) -> dict[str, Any]:
    """An AsyncInferenceConfig that uses everything."""
    return {
        "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 2},
        "OutputConfig": {
            "S3OutputPath": f"s3://{ground.bucket}/out",
            "S3FailurePath": f"s3://{ground.bucket}/failed",
            "NotificationConfig": {
                "SuccessTopic": topics["success"],
                "ErrorTopic": topics["error"],
                "IncludeInferenceResponseIn": ["ERROR_NOTIFICATION_TOPIC"],
            },
        },
    }


@pytest.fixture(scope="module")
def served(ground: Ground, asynchronous: dict[str, Any]) -> str:
    return endpoint(ground, variant("all", model(ground, "later")), AsyncInferenceConfig=asynchronous)


def ask(ground: Ground, name: str, body: bytes = b"1,2", **more: Any) -> dict[str, Any]:
    given = {"InputLocation": ground.put("in/rows.csv", body), "ContentType": "text/csv", **more}
    return ground.client("sagemaker-runtime").invoke_endpoint_async(EndpointName=name, **given)


def read(ground: Ground, uri: str) -> bytes:
    return ground.get(uri.removeprefix(f"s3://{ground.bucket}/"))


def heard(ground: Ground, queue: str) -> dict[str, Any]:
    """The one notification that waits."""
    ground.cloud.flush()
    (message,) = ground.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    ground.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return json.loads(message["Body"])


def test_an_answer_lies_in_s3_and_is_told(ground: Ground, served: str, topics: dict[str, str]) -> None:
    found = ask(ground, served, b"1,2", InferenceId="mine", Accept="application/json")
    assert (found["ResponseMetadata"]["HTTPStatusCode"], found["InferenceId"]) == (202, "mine")
    told = heard(ground, topics["success-queue"])
    assert json.loads(read(ground, found["OutputLocation"])) == {"model": "later", "rows": "1,2"}
    assert found["OutputLocation"].startswith(f"s3://{ground.bucket}/out/")
    assert {key: value for key, value in told.items() if not key.endswith("Time")} == {
        "awsRegion": "eu-west-1",
        "invocationStatus": "Completed",
        "requestParameters": {
            "accept": "application/json",
            "contentType": "text/csv",
            "endpointName": served,
            "inputLocation": f"s3://{ground.bucket}/in/rows.csv",
        },
        "responseParameters": {"contentType": "application/json", "outputLocation": found["OutputLocation"]},
        "inferenceId": "mine",
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def test_a_failure_lies_in_s3_and_is_told(ground: Ground, served: str, topics: dict[str, str]) -> None:
    found = ask(ground, served, b"crash")
    told = heard(ground, topics["error-queue"])
    assert read(ground, found["FailureLocation"]) == b"went wrong"
    assert told["invocationStatus"] == "Failed"
    assert told["failureReason"].startswith("ClientError: Received server error (500) from model.")
    assert told["responseBody"]["content"] == "d2VudCB3cm9uZw=="
    assert metric(ground, "Invocation5XXErrors", served) == 1
    assert metric(ground, "InvocationFailures", served) == 1


def test_a_payload_that_is_not_there_is_a_failure(ground: Ground, served: str, topics: dict[str, str]) -> None:
    ask(ground, served, InputLocation=f"s3://{ground.bucket}/nothing")
    told = heard(ground, topics["error-queue"])
    assert "Failed to download the request payload" in told["failureReason"]
    assert metric(ground, "RequestDownloadFailures", served) == 1


def test_a_payload_may_come_along_and_its_answer_may_be_named(
    ground: Ground, served: str, topics: dict[str, str]
) -> None:
    found = ground.client("sagemaker-runtime").invoke_endpoint_async(
        EndpointName=served, Body=b"7", ContentType="text/csv", S3OutputPathExtension="today", Filename="seven.json"
    )
    assert found["OutputLocation"] == f"s3://{ground.bucket}/out/today/seven.json"
    heard(ground, topics["success-queue"])
    assert json.loads(read(ground, found["OutputLocation"]))["rows"] == "7"


def test_it_puts_its_own_metrics_and_not_those_of_a_real_time_endpoint(ground: Ground, served: str) -> None:
    ask(ground, served)
    assert metric(ground, "ModelLatency", served, "SampleCount") > 0
    assert metric(ground, "TimeInBacklog", served, "SampleCount") > 0
    assert metric(ground, "Invocations", served, "SampleCount") == 0
    assert metric(ground, "OverheadLatency", served, "SampleCount") == 0


def test_it_scales_to_nothing_and_its_backlog_waits(ground: Ground, asynchronous: dict[str, Any]) -> None:
    name = endpoint(ground, variant("all", model(ground, "resting")), AsyncInferenceConfig=asynchronous)
    scale(ground, name, 0)
    asked = [ask(ground, name) for _ in range(3)]
    assert metric(ground, "ApproximateBacklogSize", name, "Maximum", None) == 3
    assert metric(ground, "HasBacklogWithoutCapacity", name, "Maximum", None) == 1
    scale(ground, name, 1)
    ground.cloud.flush()
    assert all(json.loads(read(ground, each["OutputLocation"]))["model"] == "resting" for each in asked)


def test_a_request_that_waits_too_long_expires(
    ground: Ground, asynchronous: dict[str, Any], topics: dict[str, str]
) -> None:
    ground.client("sqs").purge_queue(QueueUrl=topics["error-queue"])
    name = endpoint(ground, variant("all", model(ground, "slow")), AsyncInferenceConfig=asynchronous)
    scale(ground, name, 0)
    ask(ground, name, RequestTTLSeconds=60)
    until = time.monotonic() + 20
    while metric(ground, "ExpiredRequests", name) == 0:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert "expired" in heard(ground, topics["error-queue"])["failureReason"]


def scale(ground: Ground, name: str, count: int) -> None:
    ground.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=name, DesiredWeightsAndCapacities=[{"VariantName": "all", "DesiredInstanceCount": count}]
    )
    assert settled(ground, name)["ProductionVariants"][0]["CurrentInstanceCount"] == count


def test_a_rollout_shifts_the_queue_to_the_new_model(ground: Ground, served: str, asynchronous: dict[str, Any]) -> None:
    new = config(ground, variant("all", model(ground, "newer")), AsyncInferenceConfig=asynchronous)
    ground.client("sagemaker").update_endpoint(EndpointName=served, EndpointConfigName=new)
    assert settled(ground, served)["EndpointConfigName"] == new
    found = ask(ground, served)
    ground.cloud.flush()
    assert json.loads(read(ground, found["OutputLocation"]))["model"] == "newer"


def test_what_is_answered_is_captured(ground: Ground, asynchronous: dict[str, Any]) -> None:
    capture = {
        "EnableCapture": True, "InitialSamplingPercentage": 100, "DestinationS3Uri": f"s3://{ground.bucket}/captured",
        "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
    }  # fmt: skip
    one = variant("all", model(ground, "x"))
    name = endpoint(ground, one, AsyncInferenceConfig=asynchronous, DataCaptureConfig=capture)
    ask(ground, name, InferenceId="seen")
    (line,) = captured(ground, f"captured/{name}/all/")
    assert line["eventMetadata"]["inferenceId"] == "seen"


def test_each_kind_of_endpoint_has_its_own_call(ground: Ground, served: str) -> None:
    real_time = endpoint(ground, variant("all", model(ground, "now")))
    error = answer_of(lambda: ask(ground, real_time))
    assert (error["Error"]["Code"], "is not asynchronous" in error["Error"]["Message"]) == ("ValidationError", True)
    invoke = ground.client("sagemaker-runtime").invoke_endpoint
    error = answer_of(lambda: invoke(EndpointName=served, Body=b"1"))
    assert (error["Error"]["Code"], "is asynchronous" in error["Error"]["Message"]) == ("ValidationError", True)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"RequestTTLSeconds": 21601}, "RequestTTLSeconds 21601 must be from 60 to 21600"),
        ({"InvocationTimeoutSeconds": 3601}, "InvocationTimeoutSeconds 3601 must be from 1 to 3600"),
        ({"Body": b"1"}, "Exactly one of InputLocation and Body"),
        ({"Filename": "a.b.c"}, "Filename 'a.b.c' must match"),
    ],
)
def test_a_wrong_request_is_refused(ground: Ground, served: str, given: dict[str, Any], message: str) -> None:
    error = answer_of(lambda: ask(ground, served, **given))
    assert error["Error"]["Code"] == "ValidationError"
    assert message in error["Error"]["Message"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"OutputConfig": {}}, "needs an S3OutputPath"),
        ({"OutputConfig": {"S3OutputPath": "s3://nobodys-bucket/x"}}, "bucket nobodys-bucket does not exist"),
        (
            {
                "OutputConfig": {
                    "S3OutputPath": "s3://estate-test-bucket/x",
                    "NotificationConfig": {"ErrorTopic": "arn:aws:sns:eu-west-1:222233334444:none"},
                }
            },
            "does not exist",
        ),
    ],
)
def test_a_wrong_configuration_is_refused(ground: Ground, change: dict[str, Any], message: str) -> None:
    one = variant("all", model(ground, "x"))
    error = answer_of(lambda: config(ground, one, AsyncInferenceConfig=change))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]
