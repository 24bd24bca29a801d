"""A pipeline that trains, and registers what passes its gate."""

import json
import time
import uuid
from typing import Any

from tests.cloud.services.harness import Ground
from tests.cloud.services.job_kit import command
from tests.cloud.services.pipeline_kit import CLUSTER

TRAIN = (
    "given = json.loads((root / 'input/config/hyperparameters.json').read_text()); "
    "rows = (root / 'input/data/train/rows.csv').read_text(); "
    "(root / 'model/model.json').write_text(json.dumps([given, rows]))"
)


def processing(ground: Ground, name: str, code: str, **more: Any) -> dict[str, Any]:
    """A step that runs `code` and has one output `out`, under the execution's own prefix."""
    uri = {"Std:Join": {"On": "/", "Values": [f"s3://{ground.bucket}", {"Get": "Execution.PipelineExecutionId"}, name]}}
    inputs = more.pop("inputs", {})
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "ProcessingResources": CLUSTER,
            "AppSpecification": {
                "ImageUri": {"Get": "Parameters.Image"},
                "ContainerEntrypoint": command(code),
                "ContainerArguments": more.pop("arguments", ["none"]),
            },
            "RoleArn": ground.role,
            "ProcessingInputs": [
                {"InputName": key, "S3Input": {"S3Uri": value, "LocalPath": f"/opt/ml/processing/{key}",
                                               "S3DataType": "S3Prefix", "S3InputMode": "File"}}
                for key, value in inputs.items()
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {"OutputName": "out", "S3Output": {"S3Uri": uri, "LocalPath": "/opt/ml/processing/out",
                                                       "S3UploadMode": "EndOfJob"}}
                ]
            },
        },
        **more,
    }  # fmt: skip


def output_of(step: str) -> dict[str, str]:
    return {"Get": f"Steps.{step}.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"}


def definition(ground: Ground, *steps: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"Name": "Image", "Type": "String", "DefaultValue": ground.image},
        {"Name": "Margin", "Type": "Float", "DefaultValue": 0.5},
        {"Name": "Group", "Type": "String", "DefaultValue": "none"},
    ]
    return {"Version": "2020-12-01", "Metadata": {}, "Parameters": parameters, "Steps": list(steps)}


def whole(ground: Ground) -> dict[str, Any]:
    """Rows, a model trained on them, an evaluation, and a gate on it: registered or failed."""
    rows = processing(ground, "Rows", "(root / 'processing/out/rows.csv').write_text('1,2')")
    evaluate = processing(
        ground,
        "Evaluate",
        "(root / 'processing/out/evaluation.json').write_text(json.dumps({'gate': {'margin': float(sys.argv[1])}}))",
        arguments=[{"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Margin"}]}}],
        PropertyFiles=[{"PropertyFileName": "evaluation", "OutputName": "out", "FilePath": "evaluation.json"}],
        DependsOn=["Train"],
    )
    train = {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "AlgorithmSpecification": {
                "TrainingImage": {"Get": "Parameters.Image"},
                "TrainingInputMode": "File",
                "ContainerEntrypoint": command(TRAIN),
            },
            "HyperParameters": {"depth": "3"},
            "InputDataConfig": [
                {"ChannelName": "train", "DataSource": {"S3DataSource": {
                    "S3DataType": "S3Prefix", "S3Uri": output_of("Rows")}}}
            ],
            "OutputDataConfig": {"S3OutputPath": f"s3://{ground.bucket}/models", "KmsKeyId": ground.key},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            "RoleArn": ground.role,
        },
    }  # fmt: skip
    container = {"Image": ground.image, "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}}
    register = {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": {"Get": "Parameters.Group"},
            "ModelApprovalStatus": "PendingManualApproval",
            "CustomerMetadataProperties": {
                "margin": {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Margin"}]}}
            },
            "InferenceSpecification": {"Containers": [container], "SupportedContentTypes": ["text/csv"],
                                       "SupportedResponseMIMETypes": ["application/json"]},
        },
    }  # fmt: skip
    fail = {
        "Name": "NotMet",
        "Type": "Fail",
        "Arguments": {"ErrorMessage": {"Std:Join": {"On": " ", "Values": ["margin", {"Get": "Parameters.Margin"}]}}},
    }
    margin = {
        "Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.evaluation"}, "Path": "gate.margin"}
    }
    gate = {
        "Name": "Gate",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "GreaterThanOrEqualTo", "LeftValue": margin, "RightValue": 0.0}],
            "IfSteps": [register],
            "ElseSteps": [fail],
        },
    }
    return definition(ground, rows, train, evaluate, gate)


def create(ground: Ground, content: dict[str, Any]) -> str:
    name = f"p-{uuid.uuid4().hex[:8]}"
    ground.client("sagemaker").create_pipeline(
        PipelineName=name, PipelineDefinition=json.dumps(content), RoleArn=ground.role
    )
    return name


def run(ground: Ground, name: str, **parameters: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The execution when it has ended, and its steps by name."""
    sagemaker = ground.client("sagemaker")
    given = [{"Name": key, "Value": value} for key, value in parameters.items()]
    arn = sagemaker.start_pipeline_execution(PipelineName=name, PipelineParameters=given)["PipelineExecutionArn"]
    return ended(ground, arn)


def ended(ground: Ground, arn: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    sagemaker = ground.client("sagemaker")
    deadline = time.monotonic() + 60
    while True:
        found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        if found["PipelineExecutionStatus"] not in ("Executing", "Stopping"):
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    return found, {step["StepName"]: step for step in steps}
