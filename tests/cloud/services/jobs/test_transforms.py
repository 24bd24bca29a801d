"""Batch transform jobs through plain boto3: objects in, results out, by a model that is hosted for as long."""

import io
import json
import tarfile
from typing import Any

import pytest

from estate.cloud.services.jobs.transform_records import select
from tests.cloud.services.harness import Ground, answer_of
from tests.cloud.services.job_kit import ended, name


def make_model(ground: Ground, **environment: str) -> str:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        member = tarfile.TarInfo("model.txt")
        member.size = 2
        archive.addfile(member, io.BytesIO(b"v1"))
    model = name("m")
    ground.client("sagemaker").create_model(
        ModelName=model,
        ExecutionRoleArn=ground.role,
        PrimaryContainer={
            "Image": ground.image,
            "ModelDataUrl": ground.put(f"models/{model}.tar.gz", file.getvalue()),
            "Environment": environment,
        },
    )
    return model


@pytest.fixture(scope="module")
def model(ground: Ground) -> str:
    return make_model(ground)


def request(ground: Ground, model: str, uri: str, **more: Any) -> dict[str, Any]:
    """A transform job whose input, output and processing are changed by `more`."""
    job = name("x")
    source = {"DataSource": {"S3DataSource": {"S3DataType": more.pop("kind", "S3Prefix"), "S3Uri": uri}}}
    return {
        "TransformJobName": job,
        "ModelName": model,
        "TransformInput": {**source, **more.pop("source", {})},
        "TransformOutput": {"S3OutputPath": f"s3://{ground.bucket}/out/{job}/", **more.pop("output", {})},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }


def transformed(ground: Ground, wanted: dict[str, Any]) -> dict[str, Any]:
    ground.client("sagemaker").create_transform_job(**wanted)
    return ended(ground, "transform", wanted["TransformJobName"])


def results(ground: Ground, wanted: dict[str, Any]) -> dict[str, bytes]:
    prefix = f"out/{wanted['TransformJobName']}/"
    found = ground.client("s3").list_objects_v2(Bucket=ground.bucket, Prefix=prefix).get("Contents", [])
    return {item["Key"].removeprefix(prefix): ground.get(item["Key"]) for item in found}


def rows_of(result: bytes) -> list[str]:
    """What the model was given, call by call: it answers with that."""
    return [json.loads(line)["rows"] for line in result.splitlines()]


LINES = {"SplitType": "Line", "ContentType": "text/csv"}


def test_every_object_gets_its_result(ground: Ground, model: str) -> None:
    ground.put("whole/a.csv", b"1,2\n3,4\n")
    ground.put("whole/inner/b.csv", b"5,6\n")
    wanted = request(ground, model, f"s3://{ground.bucket}/whole/")
    job = transformed(ground, wanted)
    assert job["TransformJobStatus"] == "Completed"
    assert job["TransformEndTime"] >= job["TransformStartTime"] >= job["CreationTime"]
    found = results(ground, wanted)
    assert {key: json.loads(value) for key, value in found.items()} == {
        "a.csv.out": {"model": "v1", "rows": "1,2\n3,4\n"},
        "inner/b.csv.out": {"model": "v1", "rows": "5,6\n"},
    }


@pytest.mark.parametrize(
    ("strategy", "calls"),
    [("SingleRecord", ["1,2", "3,4", "5,6"]), ("MultiRecord", ["1,2\n3,4\n5,6"])],
)
def test_lines_are_sent_singly_or_as_many_as_fit(ground: Ground, model: str, strategy: str, calls: list[str]) -> None:
    uri = ground.put("lines/rows.csv", b"1,2\n3,4\n5,6\n")
    wanted = request(ground, model, uri, source=LINES, output={"AssembleWith": "Line"}, BatchStrategy=strategy,
                     MaxConcurrentTransforms=2)  # fmt: skip
    assert transformed(ground, wanted)["TransformJobStatus"] == "Completed"
    assert rows_of(results(ground, wanted)["rows.csv.out"]) == calls


def test_a_payload_holds_no_more_than_allowed(ground: Ground, model: str) -> None:
    row = b"x" * 600_000
    uri = ground.put("large/rows.csv", b"\n".join([row] * 3))
    wanted = request(ground, model, uri, source=LINES, output={"AssembleWith": "Line"}, MaxPayloadInMB=1)
    transformed(ground, wanted)
    assert [len(rows) for rows in rows_of(results(ground, wanted)["rows.csv.out"])] == [600_000] * 3


def test_a_manifest_names_the_objects(ground: Ground, model: str) -> None:
    ground.put("listed/a.csv", b"1")
    ground.put("listed/b.csv", b"2")
    manifest = ground.put("m.json", json.dumps([{"prefix": f"s3://{ground.bucket}/listed/"}, "b.csv"]).encode())
    wanted = request(ground, model, manifest, kind="ManifestFile")
    assert transformed(ground, wanted)["TransformJobStatus"] == "Completed"
    assert list(results(ground, wanted)) == ["b.csv.out"]


def test_inputs_are_filtered_and_joined_to_their_results(ground: Ground, model: str) -> None:
    uri = ground.put("joined/rows.jsonl", b'{"id": 1, "x": 2}\n{"id": 3, "x": 4}\n')
    wanted = request(
        ground,
        model,
        uri,
        source={"SplitType": "Line", "ContentType": "application/jsonlines"},
        output={"AssembleWith": "Line", "Accept": "application/jsonlines"},
        BatchStrategy="SingleRecord",
        DataProcessing={
            "InputFilter": "$.x",
            "JoinSource": "Input",
            "OutputFilter": "$['id','SageMakerOutput']",
        },
    )
    assert transformed(ground, wanted)["TransformJobStatus"] == "Completed"
    assert [json.loads(line) for line in results(ground, wanted)["rows.jsonl.out"].splitlines()] == [
        {"id": 1, "SageMakerOutput": {"model": "v1", "rows": "2"}},
        {"id": 3, "SageMakerOutput": {"model": "v1", "rows": "4"}},
    ]


def test_one_bad_object_fails_the_job_and_keeps_the_others(ground: Ground, model: str) -> None:
    ground.put("mixed/bad.csv", b"bad")
    ground.put("mixed/good.csv", b"good")
    wanted = request(ground, model, f"s3://{ground.bucket}/mixed")
    job = transformed(ground, wanted)
    assert (job["TransformJobStatus"], job["FailureReason"]) == (
        "Failed",
        "ClientError: See job logs for more information",
    )
    assert list(results(ground, wanted)) == ["good.csv.out"]
    assert ground.cloud.logs(wanted["TransformJobName"]).endswith(
        f"{ground.bucket}/mixed/bad.csv: Bad HTTP status returned from invoke: 400"
    )


@pytest.mark.parametrize(
    ("environment", "uri", "reason"),
    [
        ({"BREAK": "1"}, "whole/", "AlgorithmError: The primary container for transform job"),
        ({}, "nothing-here/", "No S3 objects found under S3 URL"),
    ],
)
def test_a_job_that_cannot_start_says_why(ground: Ground, environment: dict[str, str], uri: str, reason: str) -> None:
    ground.put("whole/a.csv", b"1")
    job = transformed(ground, request(ground, make_model(ground, **environment), f"s3://{ground.bucket}/{uri}"))
    assert job["TransformJobStatus"] == "Failed"
    assert reason in job["FailureReason"]


def test_a_stopped_job_writes_nothing_more(ground: Ground) -> None:
    ground.put("slow/a.csv", b"1")
    wanted = request(ground, make_model(ground, SLOW="50"), f"s3://{ground.bucket}/slow/")
    sagemaker, job = ground.client("sagemaker"), wanted["TransformJobName"]
    sagemaker.create_transform_job(**wanted)
    sagemaker.stop_transform_job(TransformJobName=job)
    found = ended(ground, "transform", job)
    assert found["TransformJobStatus"] == "Stopped"
    assert results(ground, wanted) == {}
    refused = answer_of(lambda: sagemaker.stop_transform_job(TransformJobName=job))["Error"]
    assert refused["Message"] == "The request was rejected because the transform job is in status Stopped."
    listed = sagemaker.list_transform_jobs(NameContains=job, StatusEquals="Stopped")["TransformJobSummaries"]
    assert [item["TransformJobName"] for item in listed] == [job]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"ModelName": "nobody"}, 'Could not find model "arn:aws:sagemaker:eu-west-1:222233334444:model/nobody".'),
        ({"source": {"SplitType": "RecordIO"}}, "SplitType RecordIO is not supported offline"),
        ({"source": {"CompressionType": "Gzip"}}, "CompressionType Gzip is not supported offline"),
        ({"kind": "AugmentedManifestFile"}, "only S3Prefix and ManifestFile are supported offline"),
        ({"output": {"S3OutputPath": "s3://no-such-bucket/x"}}, "bucket no-such-bucket does not exist"),
        ({"MaxConcurrentTransforms": 20, "MaxPayloadInMB": 6}, "must not be above 100 MB"),
        ({"DataProcessing": {"JoinSource": "Input"}}, "ContentType must be one of"),
        (
            {"source": LINES, "output": {"Accept": "application/json"}, "DataProcessing": {"InputFilter": "$[1:]"}},
            "Accept (application/json) must be the same as ContentType (text/csv)",
        ),
        (
            {"source": LINES, "output": {"Accept": "text/csv"}, "DataProcessing": {"InputFilter": "$..a"}},
            "InputFilter '$..a' is not supported",
        ),
    ],
)
def test_a_wrong_transform_job_is_refused(ground: Ground, model: str, more: dict[str, Any], message: str) -> None:
    wanted = request(ground, model, f"s3://{ground.bucket}/whole/", **more)
    error = answer_of(lambda: ground.client("sagemaker").create_transform_job(**wanted))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


def test_an_unknown_job_is_refused(ground: Ground) -> None:
    error = answer_of(lambda: ground.client("sagemaker").describe_transform_job(TransformJobName="nobody"))["Error"]
    assert (error["Code"], error["Message"]) == (
        "ValidationException",
        "Could not find requested job with name: nobody",
    )


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", ["a", "b", "c"]),
        ("$[1:]", ["b", "c"]),
        ("$[0,2]", ["a", "c"]),
        ("$[-1]", "c"),
        ("$[7]", None),
    ],
)
def test_a_filter_of_columns(path: str, found: object) -> None:
    assert select(["a", "b", "c"], path) == found
