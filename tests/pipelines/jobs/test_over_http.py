"""Jobs that call AWS, as processes, against a server: what their clients need of the environment, and nothing more."""

import json

import boto3
import pytest
from moto.server import ThreadedMotoServer

from pipelines import inference, workload
from tests.pipelines.test_capture import record

TUMOR = workload.load("tumor-screening")
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1"}


@pytest.fixture
def server():
    running = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    _, port = running.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    running.stop()


def test_the_monitor_reads_captured_traffic_and_puts_metrics(server, machine):
    machine.land("tumor-screening", "{}")
    machine.hand_over("features")
    machine.succeed("snapshot", "tumor-screening")
    clients = {
        name: boto3.client(
            name,
            endpoint_url=server,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        for name in ("s3", "cloudwatch")
    }
    clients["s3"].create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for file in machine.output("newest-baseline").iterdir():
        clients["s3"].upload_file(str(file), "lake", f"baseline/{file.name}")
    rows = TUMOR.data.rows({}).slice(400)
    body = inference.request(TUMOR.contract, {name: rows[name].to_numpy() for name in TUMOR.contract.features})
    clients["s3"].put_object(
        Bucket="lake",
        Key="capture/endpoint/AllTraffic/2026/02/01/10/x.jsonl",
        Body=record(body.decode(), "2026-02-01T10:15:00Z"),
    )

    done = machine.run(
        "monitor",
        "tumor-screening",
        *("--environment", "dev", "--capture-uri", "s3://lake/capture", "--baseline-uri", "s3://lake/baseline"),
        env=CREDENTIALS | {"AWS_ENDPOINT_URL": server},
    )

    assert done.returncode == 0, done.stderr
    report = json.loads((machine.output("report") / "drift.json").read_text())
    assert (report["rows"], report["drifted"], report["trigger"]) == (169, [], "manual")
    names = {item["MetricName"] for item in clients["cloudwatch"].list_metrics(Namespace="MlopsEstate")["Metrics"]}
    assert names >= {"DriftedFeatures", "DriftRows", "DataQualityViolations", "CheckedRequests", "InvalidRequests"}


def test_a_monitor_without_its_arguments_says_which(machine):
    done = machine.run("monitor", "tumor-screening")
    assert done.returncode == 2
    assert "the following arguments are required: --environment, --capture-uri, --baseline-uri" in done.stderr
