"""Training jobs through plain boto3: statuses, limits, metrics, spot machines that are lost, and wrong calls."""

import json
from typing import Any

import pytest

from estate.cloud import CloudError
from tests.cloud.services.harness import Ground, answer_of
from tests.cloud.services.job_kit import ended, name, statuses, trained, training, until

SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 3600},
}
# Counts on from what its checkpoint says; at 2 it waits to be interrupted, and says so in its log.
COUNTS = (
    "file = root / 'checkpoints' / 'step.txt';"
    "start = int(file.read_text()) if file.exists() else 0;"
    "print(f'starts at {start}', flush=True);"
    "[file.write_text(str(step)) for step in range(start + 1, 3)];"
    "print('reached 2', flush=True);"
    "time.sleep(0 if start else 600);"
    "(root / 'model' / 'steps.txt').write_text(str(start))"
)


@pytest.fixture(scope="module")
def speed() -> float:
    """Capacity returns, and containers are killed, after seconds of this clock."""
    return 120.0


def test_a_job_goes_through_every_status(ground: Ground) -> None:
    job = trained(ground, training(ground, "(root / 'model' / 'm.txt').write_text('m')"))
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed")
    assert statuses(job) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all(item["EndTime"] >= item["StartTime"] for item in job["SecondaryStatusTransitions"])
    assert job["SecondaryStatusTransitions"][2]["StatusMessage"].endswith("Training in progress.")
    assert job["TrainingTimeInSeconds"] == job["BillableTimeInSeconds"] >= 1


def test_metrics_are_read_from_the_lines(ground: Ground) -> None:
    metrics = [
        {"Name": "loss", "Regex": r"loss=([0-9.]+)"},
        {"Name": "none", "Regex": r"accuracy=([0-9.]+)"},
        {"Name": "word", "Regex": r"state=(\w+)"},
        {"Name": "gap", "Regex": r"gap=(\S+)"},
    ]
    job = trained(ground, training(ground, "print('loss=0.5'); print('loss=0.25 state=good gap=nan')", metrics=metrics))
    assert [(item["MetricName"], item["Value"]) for item in job["FinalMetricDataList"]] == [("loss", 0.25)]
    ground.cloud.flush()
    found = ground.client("cloudwatch").list_metrics(
        Namespace="/aws/sagemaker/TrainingJobs",
        Dimensions=[{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}],
    )["Metrics"]
    assert [metric["MetricName"] for metric in found][:1] == ["loss"]


def test_a_failure_says_why_in_every_place(ground: Ground) -> None:
    job = trained(ground, training(ground, "(root / 'output' / 'failure').write_text('no rows'); sys.exit(2)"))
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"] == "AlgorithmError: no rows, exit code: 2"
    assert job["SecondaryStatusTransitions"][-1]["StatusMessage"] == job["FailureReason"]


def test_maximum_runtime_stops_a_job_and_keeps_what_it_saves_on_sigterm(ground: Ground) -> None:
    code = (
        "save = lambda *_: ((root / 'model' / 'm.txt').write_text('saved'), sys.exit(0));"
        "signal.signal(signal.SIGTERM, save); time.sleep(600)"
    )
    job = trained(ground, training(ground, code, StoppingCondition={"MaxRuntimeInSeconds": 1}))
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert statuses(job)[-3:] == ["Training", "Stopping", "MaxRuntimeExceeded"]
    assert "FailureReason" not in job
    key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{ground.bucket}/")
    assert ground.client("s3").head_object(Bucket=ground.bucket, Key=key)["ContentLength"] > 0


def test_a_job_that_ignores_sigterm_is_killed_two_minutes_later(ground: Ground) -> None:
    code = "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    request = training(ground, code)
    sagemaker = ground.client("sagemaker")
    sagemaker.create_training_job(**request)
    job = request["TrainingJobName"]
    until(lambda: "deaf" in ground.cloud.logs(job))
    sagemaker.stop_training_job(TrainingJobName=job)
    assert sagemaker.describe_training_job(TrainingJobName=job)["TrainingJobStatus"] == "Stopping"
    found = ended(ground, "training", job)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert statuses(found)[-2:] == ["Stopping", "Stopped"]


def test_a_lost_spot_machine_is_replaced_and_the_job_goes_on_from_its_checkpoint(ground: Ground) -> None:
    where = f"s3://{ground.bucket}/checkpoints/{name('c')}"
    request = training(ground, COUNTS, CheckpointConfig={"S3Uri": where}, **SPOT)
    job = request["TrainingJobName"]
    ground.client("sagemaker").create_training_job(**request)
    until(lambda: "reached 2" in ground.cloud.logs(job))
    ground.cloud.interrupt_spot(job, capacity_after_s=30)
    found = ended(ground, "training", job)
    assert found["TrainingJobStatus"] == "Completed"
    assert statuses(found) == [
        "Starting", "Downloading", "Training", "Interrupted",
        "Starting", "Downloading", "Training", "Uploading", "Completed",
    ]  # fmt: skip
    assert [line for line in ground.cloud.logs(job).splitlines() if line.startswith("starts")] == [
        "starts at 0",
        "starts at 2",
    ]
    assert ground.get(f"{where.removeprefix(f's3://{ground.bucket}/')}/step.txt") == b"2"


def test_a_job_that_waits_too_long_for_a_spot_machine_is_stopped(ground: Ground) -> None:
    limits = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90}
    request = training(ground, "print('runs', flush=True); time.sleep(600)", **{**SPOT, "StoppingCondition": limits})
    job = request["TrainingJobName"]
    ground.client("sagemaker").create_training_job(**request)
    until(lambda: "runs" in ground.cloud.logs(job))
    ground.cloud.interrupt_spot(job, capacity_after_s=100_000)
    found = ended(ground, "training", job)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")
    assert statuses(found)[-3:] == ["Interrupted", "Stopping", "MaxWaitTimeExceeded"]


def test_only_a_running_spot_job_can_be_interrupted(ground: Ground) -> None:
    with pytest.raises(CloudError, match="nobody cannot be interrupted: Requested resource not found"):
        ground.cloud.interrupt_spot("nobody")
    request = training(ground, "pass")
    trained(ground, request)
    with pytest.raises(CloudError, match="EnableManagedSpotTraining is off"):
        ground.cloud.interrupt_spot(request["TrainingJobName"])
    request = training(ground, "pass", **SPOT)
    trained(ground, request)
    with pytest.raises(CloudError, match="is Completed: it has no instance to lose"):
        ground.cloud.interrupt_spot(request["TrainingJobName"])


def test_an_image_without_an_entry_point_runs_train(ground: Ground) -> None:
    request = training(ground, "", HyperParameters={"x": "3.5"}, metrics=[{"Name": "loss", "Regex": "loss=([0-9.]+)"}])
    del request["AlgorithmSpecification"]["ContainerEntrypoint"]
    job = trained(ground, request)
    assert job["FinalMetricDataList"][0]["Value"] == 0.25


def test_an_uncompressed_model_lies_as_it_was_written(ground: Ground) -> None:
    request = training(ground, "(root / 'model' / 'm.txt').write_text('plain')")
    request["OutputDataConfig"]["CompressionType"] = "NONE"
    uri = trained(ground, request)["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri.endswith("/output/model/")
    assert ground.get(f"{uri.removeprefix(f's3://{ground.bucket}/')}m.txt") == b"plain"


def test_no_capacity_fails_a_job_and_a_quota_refuses_it(ground: Ground) -> None:
    ground.cloud.exhaust_capacity("ml.m5.large")
    job = trained(ground, training(ground, "pass"))
    assert job["FailureReason"].startswith("CapacityError: Unable to provision requested ML compute capacity.")
    assert trained(ground, training(ground, "pass"))["TrainingJobStatus"] == "Completed"
    ground.cloud.set_quota("ml.g5.xlarge", "training job usage", 0)
    request = training(ground, "pass")
    request["ResourceConfig"]["InstanceType"] = "ml.g5.xlarge"
    error = answer_of(lambda: ground.client("sagemaker").create_training_job(**request))
    assert error["Error"]["Code"] == "ResourceLimitExceeded"
    assert "'ml.g5.xlarge for training job usage' is 0 Instances" in error["Error"]["Message"]


def test_every_change_is_an_event(ground: Ground) -> None:
    sqs, events = ground.client("sqs"), ground.client("events")
    url = sqs.create_queue(QueueName="training-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
               "Resource": arn}  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    request = training(ground, "pass", Tags=[{"Key": "team", "Value": "red"}])
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Training Job State Change"],
        "detail": {"TrainingJobName": [request["TrainingJobName"]]},
    }
    events.put_rule(Name="training", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="training", Targets=[{"Id": "q", "Arn": arn}])
    job = trained(ground, request)
    ground.cloud.flush()
    messages: list[dict[str, Any]] = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        messages += [json.loads(item["Body"]) for item in found]
    told = {message["detail"]["SecondaryStatus"] for message in messages}
    assert told == {"Starting", "Downloading", "Training", "Uploading", "Completed"}
    last = next(message for message in messages if message["detail"]["TrainingJobStatus"] == "Completed")
    assert last["resources"] == [job["TrainingJobArn"]]
    assert last["detail"]["Tags"] == {"team": "red"}
    assert last["detail"]["CreationTime"] == round(job["CreationTime"].timestamp() * 1000)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"RoleArn": "arn:aws:iam::222233334444:role/gone"}, "Could not assume role"),
        ({"EnableManagedSpotTraining": True}, "Invalid MaxWaitTimeInSeconds. It must be present"),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 1, "MaxWaitTimeInSeconds": 2}},
            "It is supported only with EnableManagedSpotTraining",
        ),
        ({"CheckpointConfig": {"S3Uri": "s3://no-such-bucket/x"}}, "bucket no-such-bucket does not exist"),
        (
            {"CheckpointConfig": {"S3Uri": "s3://estate-test-bucket/x", "LocalPath": "/opt/ml/model"}},
            "LocalPath /opt/ml/model is used by SageMaker",
        ),
        ({"metrics": [{"Name": "a", "Regex": "a=(.*"}]}, "the regular expression 'a=(.*' is invalid"),
        ({"metrics": [{"Name": "a", "Regex": "a"}]}, "must have a group"),
        (
            {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}},
            "only one instance a job is supported offline",
        ),
        (
            {"ResourceConfig": {"InstanceType": "ml.huge", "InstanceCount": 1, "VolumeSizeInGB": 1}},
            "Member must satisfy enum value set",
        ),
    ],
)
def test_a_wrong_training_job_is_refused(ground: Ground, more: dict[str, Any], message: str) -> None:
    error = answer_of(lambda: ground.client("sagemaker").create_training_job(**training(ground, "pass", **more)))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


def test_unknown_taken_and_ended_jobs_are_refused(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")
    unknown = answer_of(lambda: sagemaker.describe_training_job(TrainingJobName="nobody"))["Error"]
    assert (unknown["Code"], unknown["Message"]) == ("ValidationException", "Requested resource not found.")
    request = training(ground, "pass")
    trained(ground, request)
    taken = answer_of(lambda: sagemaker.create_training_job(**request))["Error"]
    assert taken["Code"] == "ResourceInUse"
    ended_job = answer_of(lambda: sagemaker.stop_training_job(TrainingJobName=request["TrainingJobName"]))["Error"]
    assert ended_job["Message"] == "The request was rejected because the training job is in status Completed."
