"""Endpoints and invocations through plain boto3; hosts are real processes."""

import io
import json
import tarfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import psutil
import pytest
from botocore.exceptions import ClientError

from estate.cloud.services import objects
from estate.cloud.services.hosting.fleets import Fleet
from tests.cloud.services.harness import Ground, answer_of


def archive(text: str, name: str = "model.txt", mode: Literal["w:gz", "w"] = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:
        info = tarfile.TarInfo(name)
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def config(ground: Ground, text: str, *, broken: bool = False, **more: Any) -> str:
    name = f"c-{uuid.uuid4().hex[:8]}"
    data = ground.put(f"{name}/model.tar.gz", archive(text))
    container = {"Image": ground.image, "ModelDataUrl": data, "Environment": {"BREAK": "1"} if broken else {}}
    sagemaker = ground.client("sagemaker")
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ground.role, PrimaryContainer=container)
    variant = {"VariantName": "all", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], **more)
    return name


def settled(ground: Ground, name: str) -> dict[str, Any]:
    while True:
        found = ground.client("sagemaker").describe_endpoint(EndpointName=name)
        if found["EndpointStatus"] not in ("Creating", "Updating", "RollingBack"):
            return found
        time.sleep(0.05)


def invoke(ground: Ground, name: str, body: bytes = b"1,2", **more: Any) -> Any:
    return ground.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, Body=body, ContentType="text/csv", **more
    )


@pytest.fixture(scope="module")
def endpoint(ground: Ground) -> str:
    """An endpoint in service that captures all traffic."""
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{ground.bucket}/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
    }
    name = config(ground, "first", DataCaptureConfig=capture)
    ground.client("sagemaker").create_endpoint(EndpointName="served", EndpointConfigName=name)
    assert settled(ground, "served")["EndpointStatus"] == "InService"
    return "served"


def test_an_endpoint_answers_from_its_model(ground: Ground, endpoint: str) -> None:
    found = invoke(ground, endpoint)
    assert json.loads(found["Body"].read()) == {"model": "first", "rows": "1,2"}
    assert found["InvokedProductionVariant"] == "all"
    assert found["ContentType"] == "application/json"


@pytest.mark.parametrize(("body", "status", "kind"), [(b"bad", 400, "client"), (b"crash", 500, "server")])
def test_a_models_error_is_a_model_error(ground: Ground, endpoint: str, body: bytes, status: int, kind: str) -> None:
    error = answer_of(lambda: invoke(ground, endpoint, body))
    assert error["Error"]["Code"] == "ModelError"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert error["OriginalStatusCode"] == status
    assert f"Received {kind} error ({status}) from primary" in error["Error"]["Message"]


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("nowhere", {}, "Endpoint nowhere of account 222233334444 not found."),
        ("served", {"TargetVariant": "other"}, "Variant other not found for endpoint served"),
    ],
)
def test_an_unknown_target_is_refused(
    ground: Ground, endpoint: str, name: str, more: dict[str, str], message: str
) -> None:
    error = answer_of(lambda: invoke(ground, name, b"1,2", **more))
    assert (error["Error"]["Code"], error["Error"]["Message"]) == ("ValidationError", message)


def test_traffic_is_captured_in_sagemakers_format(ground: Ground, endpoint: str) -> None:
    invoke(ground, endpoint, b"7,8")
    ground.cloud.flush()
    listed = ground.client("s3").list_objects_v2(Bucket=ground.bucket, Prefix="capture/served/all/")["Contents"]
    lines = [json.loads(line) for item in listed for line in ground.get(item["Key"]).decode().splitlines()]
    captured = next(line for line in lines if line["captureData"]["endpointInput"]["data"] == "7,8")
    assert captured["captureData"]["endpointInput"] == {
        "observedContentType": "text/csv", "mode": "INPUT", "data": "7,8", "encoding": "CSV",
    }  # fmt: skip
    assert captured["captureData"]["endpointOutput"]["encoding"] == "JSON"
    assert captured["eventVersion"] == "0"


def test_a_flush_waits_for_the_one_that_is_writing(
    ground: Ground, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go, put = threading.Event(), threading.Event(), objects.put

    def slow(*arguments: Any) -> None:
        begun.set()
        go.wait(20)
        put(*arguments)

    monkeypatch.setattr(objects, "put", slow)
    invoke(ground, endpoint)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(ground.cloud.flush)
        assert begun.wait(20)
        second = pool.submit(ground.cloud.flush)
        try:
            with pytest.raises(TimeoutError):
                second.result(timeout=1)
        finally:
            go.set()
        assert (first.result(20), second.result(20)) == (None, None)


def test_invocations_are_measured(ground: Ground, endpoint: str) -> None:
    invoke(ground, endpoint)
    ground.cloud.flush()
    now = time.time()
    found = ground.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker", MetricName="Invocations", StartTime=now - 600, EndTime=now + 60, Period=3600,
        Dimensions=[{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": "all"}],
        Statistics=["Sum"],
    )["Datapoints"]  # fmt: skip
    assert sum(point["Sum"] for point in found) >= 1


def test_an_update_replaces_the_fleet_and_a_broken_one_leaves_it(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")
    first, second, broken = config(ground, "one"), config(ground, "two"), config(ground, "x", broken=True)
    sagemaker.create_endpoint(EndpointName="changing", EndpointConfigName=first)
    settled(ground, "changing")
    sagemaker.update_endpoint(EndpointName="changing", EndpointConfigName=second)
    assert settled(ground, "changing")["EndpointConfigName"] == second
    assert json.loads(invoke(ground, "changing")["Body"].read())["model"] == "two"
    sagemaker.update_endpoint(EndpointName="changing", EndpointConfigName=broken)
    found = settled(ground, "changing")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", second)
    assert "did not pass the ping health check" in found["FailureReason"]
    assert json.loads(invoke(ground, "changing")["Body"].read())["model"] == "two"
    sagemaker.delete_endpoint(EndpointName="changing")
    assert answer_of(lambda: invoke(ground, "changing"))["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no tar", "not a gzip file"),
        (archive("x", mode="w"), "not a gzip file"),
        (archive("x")[:60], "it is damaged"),
        (archive("x", "../../x"), "../../x: only files and folders within the archive are unpacked"),
    ],
    ids=("no archive", "not compressed", "cut off", "out of its folder"),
)
def test_a_model_that_cannot_be_unpacked_fails_its_endpoint(ground: Ground, data: bytes, reason: str) -> None:
    name = config(ground, "x")
    ground.put(f"{name}/model.tar.gz", data)
    ground.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)
    found = settled(ground, name)
    assert found["EndpointStatus"] == "Failed"
    assert f"Failed to extract model data archive from s3://{ground.bucket}/{name}/" in found["FailureReason"]
    assert reason in found["FailureReason"]


def test_a_container_that_does_not_start_fails_its_endpoint(ground: Ground) -> None:
    name = config(ground, "x", broken=True)
    ground.client("sagemaker").create_endpoint(EndpointName="broken", EndpointConfigName=name)
    found = settled(ground, "broken")
    assert found["EndpointStatus"] == "Failed"
    assert "production variant all did not pass the ping health check" in found["FailureReason"]
    update = {"EndpointName": "broken", "EndpointConfigName": config(ground, "y")}
    error = answer_of(lambda: ground.client("sagemaker").update_endpoint(**update))
    assert "it can only be deleted" in error["Error"]["Message"]
    ground.client("sagemaker").delete_endpoint(EndpointName="broken")


def test_an_endpoint_that_is_changing_can_be_neither_updated_nor_deleted(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")
    given = {"EndpointName": "busy", "EndpointConfigName": config(ground, "x")}
    sagemaker.create_endpoint(**given)
    for call in (lambda: sagemaker.update_endpoint(**given), lambda: sagemaker.delete_endpoint(EndpointName="busy")):
        assert "Cannot update in-progress endpoint" in answer_of(call)["Error"]["Message"]
    assert settled(ground, "busy")["EndpointStatus"] == "InService"
    sagemaker.delete_endpoint(EndpointName="busy")


def test_this_cloud_and_its_hosts_listen_on_the_loopback_only(ground: Ground, endpoint: str) -> None:
    me = psutil.Process()
    listening = [
        (process.pid == me.pid, socket.laddr.ip)
        for process in (me, *me.children(recursive=True))
        for socket in process.net_connections(kind="inet")
        if socket.status == psutil.CONN_LISTEN
    ]
    assert {ours for ours, _ in listening} == {True, False}  # the server, and at least one host
    assert {address for _, address in listening} == {"127.0.0.1"}


def test_a_host_that_was_killed_is_told_as_a_models_error_and_leaves_with_its_endpoint(ground: Ground) -> None:
    sagemaker, before = ground.client("sagemaker"), set(psutil.Process().children(recursive=True))
    sagemaker.create_endpoint(EndpointName="killed", EndpointConfigName=config(ground, "x"))
    settled(ground, "killed")
    (host,) = set(psutil.Process().children(recursive=True)) - before
    host.kill()
    error = answer_of(lambda: invoke(ground, "killed"))
    assert (error["Error"]["Code"], error["OriginalStatusCode"]) == ("ModelError", 0)
    sagemaker.delete_endpoint(EndpointName="killed")
    assert not host.is_running()


def test_names_are_taken_once(ground: Ground, endpoint: str) -> None:
    sagemaker = ground.client("sagemaker")
    name = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    with pytest.raises(ClientError, match='Cannot create already existing endpoint "arn:aws:sagemaker'):
        sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=name)


@pytest.mark.parametrize(
    ("operation", "params", "message"),
    [
        ("create_endpoint", {"EndpointName": "e", "EndpointConfigName": "none"}, "Could not find endpoint config"),
        ("update_endpoint", {"EndpointName": "none", "EndpointConfigName": "none"}, "Could not find endpoint "),
        ("describe_endpoint", {"EndpointName": "none"}, "Could not find endpoint "),
        ("delete_endpoint_config", {"EndpointConfigName": "none"}, "Could not find endpoint configuration"),
        (
            "create_endpoint_config",
            {
                "EndpointConfigName": "x",
                "ProductionVariants": [
                    {"VariantName": "a", "ModelName": "no", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
                ],
            },
            'Could not find model "arn:aws:sagemaker',
        ),
    ],
)
def test_what_does_not_exist_is_refused(ground: Ground, operation: str, params: dict[str, Any], message: str) -> None:
    error = answer_of(lambda: getattr(ground.client("sagemaker"), operation)(**params))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


def test_weights_route() -> None:
    fleet = Fleet({}, {}, {"a": 3.0, "b": 1.0})
    chosen = [fleet.choose() for _ in range(4000)]
    assert 0.70 < chosen.count("a") / 4000 < 0.80
    assert {Fleet({}, {}, {"a": 1.0, "b": 0.0}).choose() for _ in range(200)} == {"a"}
