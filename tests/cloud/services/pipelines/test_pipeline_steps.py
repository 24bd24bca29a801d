"""Every type of step of a pipeline, and steps and requests that are refused, through plain boto3."""

import io
import json
import zipfile
from typing import Any

import pytest

from tests.cloud.services.harness import Ground, answer_of, trust
from tests.cloud.services.jobs.test_transforms import make_model
from tests.cloud.services.pipeline_kit import (
    CACHE,
    call_back,
    create,
    ended,
    fail,
    get,
    invoke,
    join,
    message,
    process,
    retried,
    run,
    start,
    steps_of,
)

HANDLER = """
import time
def handler(event, context):
    time.sleep(float(event.get("sleep", 0)))
    if event.get("fail"):
        raise ValueError("no " + event["fail"])
    return {"statusCode": 200, "count": len(event), "rate": "0.5", "good": True, "name": event.get("name", "nobody")}
"""


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


# --- wrong requests and definitions


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
