"""Every type of step, retries, caching, and what can be done with an execution, through plain boto3."""

import io
import itertools
import json
import time
import uuid
import zipfile
from typing import Any

import pytest

from tests.cloud.services.harness import Ground, answer_of, trust
from tests.cloud.services.jobs import command, until
from tests.cloud.services.test_transforms import make_model

CLUSTER = {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}}
HANDLER = """
import time
def handler(event, context):
    time.sleep(float(event.get("sleep", 0)))
    if event.get("fail"):
        raise ValueError("no " + event["fail"])
    return {"statusCode": 200, "count": len(event), "rate": "0.5", "good": True, "name": event.get("name", "nobody")}
"""


@pytest.fixture(scope="module")
def speed() -> float:
    """Retries wait, and cached results age, by this clock."""
    return 120.0


@pytest.fixture(scope="module")
def function(ground: Ground) -> str:
    role = ground.client("iam").create_role(
        RoleName="functions", AssumeRolePolicyDocument=trust("lambda.amazonaws.com")
    )["Role"]["Arn"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("main.py", HANDLER)
    return ground.client("lambda").create_function(
        FunctionName="step", Runtime="python3.12", Role=role, Handler="main.handler", Timeout=5,
        Code={"ZipFile": file.getvalue()},
    )["FunctionArn"]  # fmt: skip


@pytest.fixture(scope="module")
def queue(ground: Ground) -> str:
    return ground.client("sqs").create_queue(QueueName="callbacks")["QueueUrl"]


def process(ground: Ground, name: str, code: str = "pass", **more: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "ProcessingResources": CLUSTER,
            "AppSpecification": {"ImageUri": ground.image, "ContainerEntrypoint": command(code)},
            "RoleArn": ground.role,
        },
        **more,
    }


def invoke(function: str, step: str, outputs: dict[str, str], **arguments: Any) -> dict[str, Any]:
    listed = [{"OutputName": key, "OutputType": kind} for key, kind in outputs.items()]
    return {
        "Name": step, "Type": "Lambda", "Arguments": arguments, "FunctionArn": function, "OutputParameters": listed,
    }  # fmt: skip


def call_back(queue: str, name: str, **arguments: Any) -> dict[str, Any]:
    return {
        "Name": name, "Type": "Callback", "Arguments": arguments, "SqsQueueUrl": queue,
        "OutputParameters": [{"OutputName": "score", "OutputType": "Float"}],
    }  # fmt: skip


def fail(name: str, message: Any, *after: str) -> dict[str, Any]:
    """Shows a value: it becomes the step's failure reason."""
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, "DependsOn": list(after)}


def join(*values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": " ", "Values": list(values)}}


def get(path: str) -> dict[str, str]:
    return {"Get": path}


def create(ground: Ground, *steps: dict[str, Any], **more: Any) -> str:
    name = f"p-{uuid.uuid4().hex[:8]}"
    content = {"Version": "2020-12-01", "Metadata": {}, "Parameters": more.pop("parameters", []), "Steps": list(steps)}
    ground.client("sagemaker").create_pipeline(
        PipelineName=name, PipelineDefinition=json.dumps(content), RoleArn=ground.role, **more
    )
    return name


def start(ground: Ground, pipeline: str, **more: Any) -> str:
    return ground.client("sagemaker").start_pipeline_execution(PipelineName=pipeline, **more)["PipelineExecutionArn"]


def steps_of(ground: Ground, arn: str) -> dict[str, dict[str, Any]]:
    found = ground.client("sagemaker").list_pipeline_execution_steps(PipelineExecutionArn=arn)
    return {step["StepName"]: step for step in found["PipelineExecutionSteps"]}


def ended(ground: Ground, arn: str) -> tuple[str, dict[str, dict[str, Any]]]:
    """Status and steps of an execution when it has ended."""

    def look() -> str | None:
        found = ground.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=arn)
        status = found["PipelineExecutionStatus"]
        return None if status in ("Executing", "Stopping") else status

    return until(look), steps_of(ground, arn)


def run(ground: Ground, *steps: dict[str, Any], **more: Any) -> tuple[str, dict[str, dict[str, Any]]]:
    return ended(ground, start(ground, create(ground, *steps), **more))


def message(ground: Ground, queue: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        for item in ground.client("sqs").receive_message(QueueUrl=queue).get("Messages", []):
            ground.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=item["ReceiptHandle"])
            return json.loads(item["Body"])
        return None

    return until(look)


# --- Lambda


def test_a_lambda_steps_outputs_are_typed_and_shown(ground: Ground, function: str) -> None:
    outputs = {"count": "Integer", "rate": "Float", "good": "Boolean", "name": "String"}
    shown = [get(f"Steps.Ask.OutputParameters['{name}']") for name in outputs]
    status, steps = run(ground, invoke(function, "Ask", outputs, name="ann"), fail("Show", join(*shown)))
    assert status == "Failed"
    assert steps["Show"]["FailureReason"] == "1 0.5 true ann"
    assert steps["Ask"]["StepStatus"] == "Succeeded"
    assert steps["Ask"]["Metadata"]["Lambda"] == {
        "Arn": function,
        "OutputParameters": [
            {"Name": "count", "Value": "1"},
            {"Name": "rate", "Value": "0.5"},
            {"Name": "good", "Value": "true"},
            {"Name": "name", "Value": "ann"},
        ],
    }


@pytest.mark.parametrize(
    ("outputs", "arguments", "reason"),
    [
        ({}, {"fail": "rows"}, "no rows"),
        ({"other": "String"}, {}, "Output parameter other is missing"),
        ({"name": "Integer"}, {}, "Output parameter name is 'nobody', which is no Integer"),
    ],
)
def test_a_lambda_step_fails(
    ground: Ground, function: str, outputs: dict[str, str], arguments: dict[str, str], reason: str
) -> None:
    status, steps = run(ground, invoke(function, "Ask", outputs, **arguments))
    assert (status, steps["Ask"]["StepStatus"]) == ("Failed", "Failed")
    assert reason in steps["Ask"]["FailureReason"]


def test_a_function_that_does_not_exist_fails_its_step(ground: Ground, function: str) -> None:
    _, steps = run(ground, invoke(function.replace(":step", ":gone"), "Ask", {}))
    assert "ResourceNotFoundException" in steps["Ask"]["FailureReason"]


# --- Callback


def test_a_callback_step_waits_for_its_answer(ground: Ground, queue: str) -> None:
    sagemaker = ground.client("sagemaker")
    arn = start(ground, create(ground, call_back(queue, "Wait", text="hello"), fail(
        "Show", join(get("Steps.Wait.OutputParameters['score']")))))  # fmt: skip
    got = message(ground, queue)
    assert (got["pipelineExecutionArn"], got["arguments"], got["status"]) == (arn, {"text": "hello"}, "Executing")
    outputs = [{"Name": "score", "Value": "0.75"}]
    sent = {"CallbackToken": got["token"], "OutputParameters": outputs, "ClientRequestToken": "c" * 32}
    assert sagemaker.send_pipeline_execution_step_success(**sent)["PipelineExecutionArn"] == arn
    _, steps = ended(ground, arn)
    assert steps["Show"]["FailureReason"] == "0.75"
    assert steps["Wait"]["Metadata"]["Callback"] == {
        "CallbackToken": got["token"], "SqsQueueUrl": queue, "OutputParameters": outputs,
    }  # fmt: skip
    assert sagemaker.send_pipeline_execution_step_success(**sent)["PipelineExecutionArn"] == arn
    late = answer_of(lambda: sagemaker.send_pipeline_execution_step_failure(CallbackToken=got["token"]))
    assert late["Error"]["Code"] == "ConflictException"


def test_a_callback_step_fails_with_the_reason_that_is_sent(ground: Ground, queue: str) -> None:
    arn = start(ground, create(ground, call_back(queue, "Wait")))
    ground.client("sagemaker").send_pipeline_execution_step_failure(
        CallbackToken=message(ground, queue)["token"], FailureReason="nobody is there"
    )
    status, steps = ended(ground, arn)
    assert (status, steps["Wait"]["FailureReason"]) == ("Failed", "ClientError: nobody is there")


def test_a_stopped_execution_waits_for_a_callbacks_answer(ground: Ground, queue: str) -> None:
    sagemaker = ground.client("sagemaker")
    arn = start(ground, create(ground, call_back(queue, "Wait"), process(ground, "Never", DependsOn=["Wait"])))
    message(ground, queue)
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    told = message(ground, queue)
    assert told["status"] == "Stopping"
    assert steps_of(ground, arn)["Wait"]["StepStatus"] == "Stopping"
    outputs = [{"Name": "score", "Value": "1"}]
    sagemaker.send_pipeline_execution_step_success(CallbackToken=told["token"], OutputParameters=outputs)
    status, steps = ended(ground, arn)
    assert (status, {name: step["StepStatus"] for name, step in steps.items()}) == ("Stopped", {"Wait": "Succeeded"})


def test_an_unknown_token_is_refused(ground: Ground) -> None:
    error = answer_of(lambda: ground.client("sagemaker").send_pipeline_execution_step_success(CallbackToken="a" * 10))
    assert error["Error"]["Code"] == "ResourceNotFound"


# --- Tuning, Model, Transform


def test_a_model_is_tuned_created_and_used_on_a_batch(ground: Ground) -> None:
    uri = ground.put("batch/rows.csv", b"1,2")
    tuning = {
        "Name": "Tune",
        "Type": "Tuning",
        "Arguments": {
            "HyperParameterTuningJobConfig": {
                "Strategy": "Grid",
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
                "ResourceLimits": {"MaxParallelTrainingJobs": 2},
                "ParameterRanges": {"CategoricalParameterRanges": [{"Name": "x", "Values": ["5", "2"]}]},
            },
            "TrainingJobDefinition": {
                "AlgorithmSpecification": {
                    "TrainingImage": ground.image,
                    "TrainingInputMode": "File",
                    "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
                },
                "OutputDataConfig": {"S3OutputPath": f"s3://{ground.bucket}/tuned"},
                "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
                "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            },
        },
    }
    best = join("best", get("Steps.Tune.BestTrainingJob.TunedHyperParameters['x']"),
                get("Steps.Tune.TrainingJobSummaries[1].TunedHyperParameters['x']"))  # fmt: skip
    described = ground.client("sagemaker").describe_model(ModelName=make_model(ground))
    model = {
        "Name": "Create",
        "Type": "Model",
        "Arguments": {
            "ExecutionRoleArn": ground.role,
            "PrimaryContainer": {
                "Image": ground.image,
                "ModelDataUrl": described["PrimaryContainer"]["ModelDataUrl"],
            },
        },
        "DependsOn": ["Tune"],
    }
    transform = {
        "Name": "Batch",
        "Type": "Transform",
        "Arguments": {
            "ModelName": get("Steps.Create.ModelName"),
            "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}},
            "TransformOutput": {"S3OutputPath": f"s3://{ground.bucket}/batched"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
    }
    _, steps = run(ground, tuning, model, transform, fail("Show", best, "Batch"))
    assert steps["Show"]["FailureReason"] == "best 2 5"
    assert json.loads(ground.get("batched/rows.csv.out"))["rows"] == "1,2"
    kinds = {name: next(iter(steps[name]["Metadata"])) for name in ("Tune", "Create", "Batch")}
    assert kinds == {"Tune": "TuningJob", "Create": "Model", "Batch": "TransformJob"}
    arns = [steps[name]["Metadata"][kind]["Arn"] for name, kind in kinds.items()]
    assert [arn.split(":")[5].split("/")[0] for arn in arns] == [
        "hyper-parameter-tuning-job", "model", "transform-job",
    ]  # fmt: skip


# --- retries


def retried(**more: Any) -> list[dict[str, Any]]:
    policy = {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "IntervalSeconds": 1, "BackoffRate": 2.0}
    return [{**policy, **more}]


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

CACHE = {"Enabled": True, "ExpireAfter": "PT10H"}


def test_a_step_with_the_same_arguments_is_not_run_again(ground: Ground, function: str) -> None:
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


def test_only_selected_steps_run_and_reuse_the_others_results(ground: Ground, function: str) -> None:
    steps = [
        invoke(function, "Ask", {"count": "Integer"}),
        fail("Show", join(get("Steps.Ask.OutputParameters['count']"))),
    ]
    pipeline = create(ground, *steps, process(ground, "Other"))
    source = start(ground, pipeline)
    ended(ground, source)
    selection = {"SourcePipelineExecutionArn": source, "SelectedSteps": [{"StepName": "Show"}]}
    _, found = ended(ground, start(ground, pipeline, SelectiveExecutionConfig=selection))
    assert found["Show"]["FailureReason"] == "0"
    assert found["Ask"]["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": source}
    assert "Other" not in found
    wrong = {"SelectedSteps": [{"StepName": "Show"}]}
    error = answer_of(lambda: start(ground, pipeline, SelectiveExecutionConfig=wrong))["Error"]
    assert "step Show needs Ask, which is not selected" in error["Message"]


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


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"AppSpecification": {}}, 'Missing required parameter in AppSpecification: "ImageUri"'),
        ({"Environment": {"RATE": 3}}, "Invalid type for parameter Environment.RATE, value: 3"),
        ({"Colour": "red"}, 'Unknown parameter in input: "Colour"'),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}}, "value: 0, valid min value: 1"),
    ],
)
def test_a_request_that_aws_would_refuse_fails_its_step(ground: Ground, change: dict[str, Any], reason: str) -> None:
    step = process(ground, "Odd")
    step["Arguments"] |= change
    status, steps = run(ground, step)
    assert status == "Failed"
    assert reason in steps["Odd"]["FailureReason"]
    assert steps["Odd"]["FailureReason"].endswith("(ValidationException)")


# --- wrong definitions


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"Type": "QualityCheck"}, "type QualityCheck is not supported offline"),
        ({"Type": "EMR"}, "type EMR is not supported offline"),
        ({"Type": "Lambda"}, "a Lambda step needs FunctionArn"),
        ({"Type": "Callback"}, "a Callback step needs SqsQueueUrl"),
        (
            {"Type": "Lambda", "FunctionArn": "f", "OutputParameters": [{"OutputName": "a", "OutputType": "Text"}]},
            "an OutputType of String, Integer, Float, Boolean",
        ),
        ({"CacheConfig": {"Enabled": True}}, "CacheConfig needs ExpireAfter"),
        ({"CacheConfig": {"Enabled": True, "ExpireAfter": "a week"}}, "not 'a week'"),
        ({"CacheConfig": {"Enabled": "yes"}}, "CacheConfig needs Enabled, true or false"),
        ({"Type": "Fail", "CacheConfig": CACHE}, "a Fail step cannot have CacheConfig"),
        ({"Type": "Fail", "RetryPolicies": retried()}, "a Fail step cannot have RetryPolicies"),
        ({"RetryPolicies": retried(ExceptionType=["Bad.LUCK"])}, "ExceptionType ['Bad.LUCK'] is not of"),
        ({"Type": "Model", "RetryPolicies": retried()}, "ExceptionType ['SageMaker.CAPACITY_ERROR'] is not of"),
        ({"RetryPolicies": retried(MaxAttempts=21)}, "MaxAttempts is 21; a number from 1 to 20 is allowed"),
        ({"RetryPolicies": retried(MaxAttempts=1, ExpireAfterMin=1)}, "only one of MaxAttempts and ExpireAfterMin"),
    ],
)
def test_a_wrong_step_is_refused(ground: Ground, step: dict[str, Any], message: str) -> None:
    error = answer_of(lambda: create(ground, {**process(ground, "Odd"), **step}))["Error"]
    assert error["Code"] == "ValidationException"
    assert "Step Odd: " in error["Message"]
    assert message in error["Message"]


def test_an_output_that_is_not_declared_is_refused(ground: Ground, function: str) -> None:
    steps = [invoke(function, "Ask", {"a": "String"}), fail("Show", get("Steps.Ask.OutputParameters['b']"))]
    error = answer_of(lambda: create(ground, *steps))["Error"]
    assert "step Ask has no OutputParameters['b']" in error["Message"]
