"""Several variants behind one endpoint: weights, targets, shadows, sessions, capacity, through plain boto3."""

import json
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.cloud.services.endpoint_kit import ask, captured, config, endpoint, metric, model, settled, variant
from tests.cloud.services.harness import Ground, answer_of

CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
}


@pytest.fixture(scope="module")
def tested(ground: Ground) -> str:
    """An A/B test: three to one."""
    return endpoint(ground, variant("a", model(ground, "a"), 3, 3.0), variant("b", model(ground, "b"), 1, 1.0))


def test_weights_share_the_traffic_and_each_variant_is_measured(ground: Ground, tested: str) -> None:
    answers = [ask(ground, tested) for _ in range(100)]
    assert all(found["text"]["model"] == found["InvokedProductionVariant"] for found in answers)
    count = sum(found["InvokedProductionVariant"] == "a" for found in answers)
    assert 53 <= count <= 97  # five standard deviations
    assert metric(ground, "Invocations", tested, variant="a") == count
    assert metric(ground, "Invocations", tested, variant="b") == 100 - count
    assert metric(ground, "InvocationsPerInstance", tested, variant="a") == pytest.approx(count / 3)


def test_a_target_variant_answers_whatever_the_weights(ground: Ground, tested: str) -> None:
    assert {ask(ground, tested, TargetVariant="b")["text"]["model"] for _ in range(20)} == {"b"}


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
    ground: Ground, tested: str, wanted: list[dict[str, Any]], message: str
) -> None:
    call = ground.client("sagemaker").update_endpoint_weights_and_capacities
    error = answer_of(lambda: call(EndpointName=tested, DesiredWeightsAndCapacities=wanted))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


# --- shadows


@pytest.fixture(scope="module")
def shadowed(ground: Ground) -> str:
    """An endpoint whose shadow gets every request; all is captured."""
    return endpoint(
        ground,
        variant("live", model(ground, "live")),
        ShadowProductionVariants=[variant("next", model(ground, "next"))],
        DataCaptureConfig={**CAPTURE, "DestinationS3Uri": f"s3://{ground.bucket}/shadowed"},
    )


def test_a_shadow_gets_the_requests_and_never_answers(ground: Ground, shadowed: str) -> None:
    answers = [ask(ground, shadowed, f"{row}".encode(), InferenceId=f"id-{row}") for row in range(10)]
    assert {(found["text"]["model"], found["InvokedProductionVariant"]) for found in answers} == {("live", "live")}
    assert metric(ground, "Invocations", shadowed, variant="next") == 10
    assert metric(ground, "ModelLatency", shadowed, "SampleCount", "next") == 10
    both = {}
    for name in ("live", "next"):
        lines = captured(ground, f"shadowed/{shadowed}/{name}/")
        both[name] = {
            line["eventMetadata"]["inferenceId"]: json.loads(line["captureData"]["endpointOutput"]["data"])
            for line in lines
        }
    assert both["live"] == {f"id-{row}": {"model": "live", "rows": f"{row}"} for row in range(10)}
    assert both["next"] == {f"id-{row}": {"model": "next", "rows": f"{row}"} for row in range(10)}


def test_a_shadow_is_described_apart(ground: Ground, shadowed: str) -> None:
    found = ground.client("sagemaker").describe_endpoint(EndpointName=shadowed)
    assert [item["VariantName"] for item in found["ProductionVariants"]] == ["live"]
    assert [item["VariantName"] for item in found["ShadowProductionVariants"]] == ["next"]
    kept = ground.client("sagemaker").describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
    assert kept["ShadowProductionVariants"][0]["VariantName"] == "next"


def test_a_shadow_cannot_be_targeted(ground: Ground, shadowed: str) -> None:
    error = answer_of(lambda: ask(ground, shadowed, TargetVariant="next"))
    assert error["Error"]["Message"] == f"Variant next not found for endpoint {shadowed}"


def test_a_shadows_weight_says_how_much_is_mirrored_and_its_failures_harm_nobody(ground: Ground) -> None:
    shadow = variant("next", model(ground, "next", FAIL="1"), weight=0.25)
    name = endpoint(ground, variant("live", model(ground, "live")), ShadowProductionVariants=[shadow])
    assert {ask(ground, name)["text"]["model"] for _ in range(60)} == {"live"}
    mirrored = metric(ground, "Invocations", name, variant="next")
    assert 1 <= mirrored <= 32  # five standard deviations
    assert metric(ground, "Invocation5XXErrors", name, variant="next") == mirrored
    assert metric(ground, "Invocation5XXErrors", name, variant="live") == 0


def test_a_shadow_is_added_and_then_takes_over(ground: Ground) -> None:
    sagemaker, old, new = ground.client("sagemaker"), model(ground, "old"), model(ground, "new")
    name = endpoint(ground, variant("all", old))
    steps = {
        config(ground, variant("all", old), ShadowProductionVariants=[variant("next", new)]): "old",
        config(ground, variant("all", new)): "new",
    }
    for each, answers in steps.items():
        sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=each)
        assert settled(ground, name)["EndpointConfigName"] == each
        assert ask(ground, name)["text"]["model"] == answers
    assert metric(ground, "Invocations", name, variant="next") == 1
    assert "ShadowProductionVariants" not in settled(ground, name)


# --- sessions


def test_a_session_stays_with_the_variant_that_made_it(ground: Ground, tested: str) -> None:
    made = ask(ground, tested, b"600", SessionId="NEW_SESSION")
    session, _, end = made["NewSessionId"].partition("; Expires=")
    assert end
    found = [ask(ground, tested, SessionId=session) for _ in range(20)]
    assert {item["InvokedProductionVariant"] for item in found} == {made["InvokedProductionVariant"]}
    closed = ask(ground, tested, b"close", SessionId=session)
    assert closed["ClosedSessionId"] == session
    error = answer_of(lambda: ask(ground, tested, SessionId=session))
    assert error["Error"]["Code"] == "ValidationError"
    assert f"Session {session}" in error["Error"]["Message"]


def test_a_container_without_sessions_makes_none(ground: Ground, tested: str) -> None:
    assert "NewSessionId" not in ask(ground, tested, b"stateless", SessionId="NEW_SESSION")


def test_a_session_ends_when_its_container_said(ground: Ground, tested: str) -> None:
    session = ask(ground, tested, b"-5", SessionId="NEW_SESSION")["NewSessionId"].partition(";")[0]
    assert "has expired" in answer_of(lambda: ask(ground, tested, SessionId=session))["Error"]["Message"]


def test_a_session_goes_with_its_fleet(ground: Ground) -> None:
    name = endpoint(ground, variant("all", model(ground, "old")))
    session = ask(ground, name, b"600", SessionId="NEW_SESSION")["NewSessionId"].partition(";")[0]
    new = config(ground, variant("all", model(ground, "new")))
    ground.client("sagemaker").update_endpoint(EndpointName=name, EndpointConfigName=new)
    settled(ground, name)
    assert f"Session {session}" in answer_of(lambda: ask(ground, name, SessionId=session))["Error"]["Message"]


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
    ground: Ground, tested: str, given: dict[str, Any], reason: str
) -> None:
    error = answer_of(lambda: ask(ground, tested, **given))
    assert error["Error"]["Code"] == "ValidationError"
    assert reason in error["Error"]["Message"]


# --- streams


def streamed(ground: Ground, name: str, body: bytes, **more: Any) -> Any:
    return ground.client("sagemaker-runtime").invoke_endpoint_with_response_stream(
        EndpointName=name, Body=body, ContentType="text/csv", **more
    )


def test_an_answer_comes_in_parts(ground: Ground, tested: str) -> None:
    found = streamed(ground, tested, b"stream", TargetVariant="a")
    assert (found["ContentType"], found["InvokedProductionVariant"]) == ("text/plain", "a")
    assert [event["PayloadPart"]["Bytes"] for event in found["Body"]] == [b"one ", b"two ", b"three"]
    assert metric(ground, "FirstChunkLatency", tested, "SampleCount", "a") == 1


def test_a_stream_that_breaks_says_so_in_the_stream(ground: Ground, tested: str) -> None:
    events = iter(streamed(ground, tested, b"break")["Body"])
    assert next(events)["PayloadPart"]["Bytes"] == b"one "
    error = answer_of(lambda: next(events))
    assert error["Error"]["Code"] == "ModelStreamError"


def test_a_models_error_comes_before_the_stream(ground: Ground, tested: str) -> None:
    error = answer_of(lambda: streamed(ground, tested, b"crash"))
    assert (error["Error"]["Code"], error["OriginalStatusCode"]) == ("ModelError", 500)


def test_a_stream_makes_no_session(ground: Ground, tested: str) -> None:
    error = answer_of(lambda: streamed(ground, tested, b"stream", SessionId="NEW_SESSION"))
    assert "made with InvokeEndpoint" in error["Error"]["Message"]


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
    ground: Ground, tested: str, change: dict[str, Any], more: dict[str, Any], message: str
) -> None:
    described = ground.client("sagemaker").describe_endpoint_config(EndpointConfigName=tested)
    one = variant("all", described["ProductionVariants"][0]["ModelName"])
    if "ShadowProductionVariants" in more:
        names = ("all", "more")[: more["ShadowProductionVariants"]]
        more = {"ShadowProductionVariants": [{**one, "VariantName": name} for name in names]}
    error = answer_of(lambda: config(ground, {**one, **change}, **more))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


def test_a_deployment_with_guardrails_keeps_the_variants_names(ground: Ground, tested: str) -> None:
    deployment = {"BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}}}  # fmt: skip
    other = config(ground, variant("other", model(ground, "x")))
    update = ground.client("sagemaker").update_endpoint
    error = answer_of(lambda: update(EndpointName=tested, EndpointConfigName=other, DeploymentConfig=deployment))
    assert "must have the same variant names as the old one: a, b, not other" in error["Error"]["Message"]
    policy = {"RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1},
                                      "WaitIntervalInSeconds": 0}}  # fmt: skip
    same = ground.client("sagemaker").describe_endpoint(EndpointName=tested)["EndpointConfigName"]
    error = answer_of(lambda: update(EndpointName=tested, EndpointConfigName=same, DeploymentConfig=policy))
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
def test_instances_are_measured(ground: Ground, tested: str) -> None:
    for _ in range(2):  # processor time is measured between two looks
        ask(ground, tested)
        ground.cloud.flush()
    for name, least in (("CPUUtilization", 0.0), ("MemoryUtilization", 0.001)):
        found = ground.client("cloudwatch").get_metric_statistics(
            Namespace="/aws/sagemaker/Endpoints", MetricName=name, StartTime=time.time() - 3600,
            EndTime=time.time() + 60, Period=86400, Statistics=["Maximum", "Minimum"],
            Dimensions=[{"Name": "EndpointName", "Value": tested}, {"Name": "VariantName", "Value": "a"}],
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
