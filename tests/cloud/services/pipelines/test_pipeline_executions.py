"""What becomes of an execution: retries, cached results, limits, selections, stops and events, through plain boto3."""

import itertools
import json
import time
import uuid
from typing import Any

import pytest

from tests.cloud.services.harness import Ground, answer_of
from tests.cloud.services.job_kit import until
from tests.cloud.services.pipeline_kit import CACHE, create, ended, get, process, retried, run, start, steps_of


@pytest.fixture(scope="module")
def speed() -> float:
    """Retries wait, and cached results age, by this clock."""
    return 120.0


# --- retries


@pytest.mark.parametrize(
    ("missing", "policies", "status", "attempts"),
    [
        (2, retried(MaxAttempts=3), "Succeeded", 3),
        (5, retried(MaxAttempts=2), "Failed", 3),
        (1, [], "Failed", 1),
        (1, retried(ExceptionType=["SageMaker.JOB_INTERNAL_ERROR"], MaxAttempts=3), "Failed", 1),
        (5, retried(IntervalSeconds=50, BackoffRate=1, ExpireAfterMin=1), "Failed", 2),
    ],
)
def test_a_policy_says_what_is_tried_again(
    ground: Ground, missing: int, policies: list[dict[str, Any]], status: str, attempts: int
) -> None:
    ground.cloud.exhaust_capacity("ml.m5.large", jobs=missing)
    found, steps = run(ground, process(ground, "Job", RetryPolicies=policies))
    ground.cloud.exhaust_capacity("ml.m5.large", jobs=0)
    assert (found, steps["Job"]["AttemptCount"]) == (status, attempts)
    if status == "Failed":
        assert steps["Job"]["FailureReason"].startswith("CapacityError: ")
    else:
        assert "FailureReason" not in steps["Job"]


# --- caching


def test_a_step_with_the_same_arguments_is_not_run_again(ground: Ground) -> None:
    parameters = [{"Name": "Mode", "Type": "String", "DefaultValue": "a"}]
    step = process(ground, "Job", CacheConfig=CACHE)
    step["Arguments"]["Environment"] = {"MODE": get("Parameters.Mode")}
    pipeline = create(ground, step, parameters=parameters)
    first = start(ground, pipeline)
    _, ran = ended(ground, first)
    again = start(ground, pipeline)
    _, hit = ended(ground, again)
    assert hit["Job"]["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert hit["Job"]["Metadata"] == ran["Job"]["Metadata"]
    _, other = ended(ground, start(ground, pipeline, PipelineParameters=[{"Name": "Mode", "Value": "b"}]))
    assert "CacheHitResult" not in other["Job"]
    assert other["Job"]["Metadata"] != ran["Job"]["Metadata"]


def test_a_result_is_reused_until_it_expires(ground: Ground) -> None:
    pipeline = create(ground, process(ground, "Job", CacheConfig={"Enabled": True, "ExpireAfter": "T12S"}))
    ended(ground, start(ground, pipeline))
    time.sleep(12 / 120)
    _, steps = ended(ground, start(ground, pipeline))
    assert "CacheHitResult" not in steps["Job"]


# --- executions


def test_no_more_steps_run_at_once_than_allowed(ground: Ground) -> None:
    steps = [process(ground, f"Job{index}") for index in range(3)]
    pipeline = create(ground, *steps, ParallelismConfiguration={"MaxParallelExecutionSteps": 1})
    arn = start(ground, pipeline)
    status, found = ended(ground, arn)
    assert status == "Succeeded"
    times = sorted((step["StartTime"], step["EndTime"]) for step in found.values())
    assert all(earlier[1] <= later[0] for earlier, later in itertools.pairwise(times))
    described = ground.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=arn)
    assert described["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 1}


def test_a_retried_execution_runs_what_failed(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")
    key = f"switch/{uuid.uuid4().hex}"
    step = process(ground, "Second", DependsOn=["First"])
    step["Arguments"]["ProcessingInputs"] = [
        {"InputName": "in", "S3Input": {"S3Uri": f"s3://{ground.bucket}/{key}", "S3DataType": "S3Prefix",
                                        "LocalPath": "/opt/ml/processing/in", "S3InputMode": "File"}}]  # fmt: skip
    arn = start(ground, create(ground, process(ground, "First"), step))
    status, before = ended(ground, arn)
    assert (status, before["Second"]["StepStatus"]) == ("Failed", "Failed")
    ground.put(key, b"now it is there")
    sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)
    status, after = ended(ground, arn)
    assert (status, after["Second"]["StepStatus"]) == ("Succeeded", "Succeeded")
    assert after["First"] == before["First"]
    refused = answer_of(lambda: sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn))["Error"]
    assert refused["Code"] == "ValidationException"


def test_a_stopped_step_is_stopping_first(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    arn = start(ground, create(ground, process(ground, "Deaf", deaf)))
    job = until(lambda: steps_of(ground, arn).get("Deaf", {}).get("Metadata", {}).get("ProcessingJob"))
    until(lambda: "deaf" in ground.cloud.logs(job["Arn"].rpartition("/")[2]))
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert steps_of(ground, arn)["Deaf"]["StepStatus"] == "Stopping"
    status, steps = ended(ground, arn)
    assert (status, steps["Deaf"]["StepStatus"]) == ("Stopped", "Stopped")
    error = answer_of(lambda: sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn))["Error"]
    assert error["Code"] == "ConflictException"


def test_an_execution_tells_of_itself_and_of_its_steps(ground: Ground) -> None:
    sqs, events = ground.client("sqs"), ground.client("events")
    url = sqs.create_queue(QueueName="pipeline-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
               "Resource": arn}  # fmt: skip
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [allowed]})})
    pipeline = create(ground, process(ground, "Job"))
    described = ground.client("sagemaker").describe_pipeline(PipelineName=pipeline)
    pattern = {"source": ["aws.sagemaker"], "detail": {"pipelineArn": [described["PipelineArn"]]}}
    events.put_rule(Name="pipelines", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="pipelines", Targets=[{"Id": "q", "Arn": arn}])
    execution = start(ground, pipeline)
    ended(ground, execution)
    ground.cloud.flush()
    told = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        told += [json.loads(item["Body"]) for item in found]
    kind = "SageMaker Model Building Pipeline Execution"
    statuses = {
        (event["detail-type"], event["detail"].get("currentStepStatus", event["detail"].get(
            "currentPipelineExecutionStatus"))) for event in told
    }  # fmt: skip
    assert statuses == {
        (f"{kind} Status Change", "Executing"), (f"{kind} Status Change", "Succeeded"),
        (f"{kind} Step Status Change", "Executing"), (f"{kind} Step Status Change", "Succeeded"),
    }  # fmt: skip
    last = next(event["detail"] for event in told if event["detail"].get("currentStepStatus") == "Succeeded")
    assert (last["stepName"], last["stepType"], last["previousStepStatus"]) == ("Job", "Processing", "Executing")
    assert (
        last["metadata"]["processingJob"]["arn"]
        == steps_of(ground, execution)["Job"]["Metadata"]["ProcessingJob"]["Arn"]
    )
