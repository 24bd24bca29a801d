"""Pipelines and their jobs through plain boto3; the steps are real processes."""

import copy
import json
import time
import uuid
from typing import Any

import pytest

from tests.cloud.services.harness import Ground, answer_of
from tests.cloud.services.job_kit import command

CLUSTER = {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}}
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


@pytest.fixture(scope="module")
def pipeline(ground: Ground) -> str:
    ground.client("sagemaker").create_model_package_group(ModelPackageGroupName="passed")
    return create(ground, whole(ground))


def test_a_pipeline_trains_and_registers_what_passes_the_gate(ground: Ground, pipeline: str) -> None:
    found, steps = run(ground, pipeline, Group="passed")
    assert found["PipelineExecutionStatus"] == "Succeeded"
    assert {name: step["StepStatus"] for name, step in steps.items()} == dict.fromkeys(
        ("Rows", "Train", "Evaluate", "Gate", "Register"), "Succeeded"
    )
    assert steps["Gate"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    arn = steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    package = ground.client("sagemaker").describe_model_package(ModelPackageName=arn)
    assert (package["ModelPackageVersion"], package["ModelApprovalStatus"]) == (1, "PendingManualApproval")
    assert package["CustomerMetadataProperties"] == {"margin": "0.5"}
    data = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    key = data.removeprefix(f"s3://{ground.bucket}/")
    assert ground.client("s3").head_object(Bucket=ground.bucket, Key=key)["ServerSideEncryption"] == "aws:kms"


def test_a_missed_gate_registers_nothing_and_says_why(ground: Ground, pipeline: str) -> None:
    ground.client("sagemaker").create_model_package_group(ModelPackageGroupName="missed")
    found, steps = run(ground, pipeline, Group="missed", Margin="-0.25")
    assert found["PipelineExecutionStatus"] == "Failed"
    assert found["FailureReason"] == "Step failure: One or multiple steps failed."
    assert steps["Gate"]["Metadata"] == {"Condition": {"Outcome": "False"}}
    assert (steps["NotMet"]["StepStatus"], steps["NotMet"]["FailureReason"]) == ("Failed", "margin -0.25")
    assert "Register" not in steps
    listed = ground.client("sagemaker").list_model_packages(ModelPackageGroupName="missed")
    assert listed["ModelPackageSummaryList"] == []


def test_a_job_that_crashes_fails_its_step_and_keeps_its_logs(ground: Ground) -> None:
    code = "(root / 'output/message').write_text('no such column'); print('last words'); sys.exit(3)"
    found, steps = run(ground, create(ground, definition(ground, processing(ground, "Crash", code))))
    assert found["PipelineExecutionStatus"] == "Failed"
    assert steps["Crash"]["FailureReason"] == "AlgorithmError: no such column, exit code: 3"
    arn = steps["Crash"]["Metadata"]["ProcessingJob"]["Arn"]
    name = arn.rpartition("/")[2]
    assert ground.cloud.logs(name) == "last words"
    streams = ground.client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix=f"{name}/"
    )["logStreams"]
    assert len(streams) == 1


def test_a_job_sees_only_what_sagemaker_gives(ground: Ground) -> None:
    uri = ground.put("given/inner/a.txt", b"input")
    code = (
        "found = {'env': sorted(os.environ), 'cwd': os.listdir('.'),"
        " 'in': (root / 'processing/in/inner/a.txt').read_text(),"
        " 'config': json.loads((root / 'config/processingjobconfig.json').read_text())['AppSpecification']};"
        "(root / 'processing/out/found.json').write_text(json.dumps(found))"
    )
    step = processing(ground, "Look", code, inputs={"in": uri.removesuffix("/inner/a.txt")})
    found, _ = run(ground, create(ground, definition(ground, step)))
    written = json.loads(ground.get(f"{found['PipelineExecutionArn'].rpartition('/')[2]}/Look/found.json"))
    assert written["in"] == "input"
    assert written["cwd"] == []
    assert written["config"]["ImageUri"] == ground.image
    assert written["env"] == sorted({
        "ESTATE_ML_ROOT", "HOME", "LANG", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONUNBUFFERED", "TMPDIR",
        *ground.cloud.environment(),
    } | ({"LC_CTYPE"} & set(written["env"])))  # fmt: skip


def test_independent_steps_run_at_the_same_time(ground: Ground) -> None:
    steps = [processing(ground, f"Step{index}", "import time; time.sleep(1.5)") for index in range(2)]
    _, found = run(ground, create(ground, definition(ground, *steps)))
    first, second = (found[name] for name in ("Step0", "Step1"))
    assert max(first["StartTime"], second["StartTime"]) < min(first["EndTime"], second["EndTime"])


def test_one_token_starts_one_execution(ground: Ground, pipeline: str) -> None:
    sagemaker = ground.client("sagemaker")
    token = "t" * 32
    given = {"PipelineName": pipeline, "ClientRequestToken": token}
    given["PipelineParameters"] = [{"Name": "Margin", "Value": "-1"}]
    first, second = (sagemaker.start_pipeline_execution(**given)["PipelineExecutionArn"] for _ in range(2))
    assert first == second
    ended(ground, first)


def test_a_stopped_execution_stops_its_job(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")
    name = create(ground, definition(ground, processing(ground, "Long", "import time; time.sleep(600)")))
    arn = sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]
    refused = answer_of(lambda: sagemaker.delete_pipeline(PipelineName=name, ClientRequestToken="d" * 32))
    assert refused["Error"]["Code"] == "ConflictException"
    time.sleep(0.3)
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="s" * 32)
    found, steps = ended(ground, arn)
    assert (found["PipelineExecutionStatus"], steps["Long"]["StepStatus"]) == ("Stopped", "Stopped")
    job = steps["Long"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert sagemaker.describe_processing_job(ProcessingJobName=job)["ProcessingJobStatus"] == "Stopped"


def test_a_job_is_ended_at_its_maximum_runtime(ground: Ground) -> None:
    step = processing(ground, "Slow", "import time; time.sleep(600)")
    step["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 1}
    _, steps = run(ground, create(ground, definition(ground, step)))
    assert steps["Slow"]["StepStatus"] == "Failed"
    assert "MaxRuntimeInSeconds (1) exceeded" in steps["Slow"]["FailureReason"]


def test_an_input_without_objects_fails_its_step(ground: Ground) -> None:
    step = processing(ground, "Empty", "pass", inputs={"in": f"s3://{ground.bucket}/nothing-here"})
    _, steps = run(ground, create(ground, definition(ground, step)))
    assert "No S3 objects found under S3 URL" in steps["Empty"]["FailureReason"]


def broken(ground: Ground, change: str) -> str:
    content = copy.deepcopy(whole(ground))
    steps = content["Steps"]
    if change == "version":
        content["Version"] = "1"
    elif change == "type":
        steps[0]["Type"] = "Cooking"
    elif change == "unsupported":
        steps[0]["Type"] = "QualityCheck"
    elif change == "parameter":
        steps[0]["Arguments"]["AppSpecification"]["ImageUri"] = {"Get": "Parameters.Other"}
    elif change == "step":
        steps[2]["DependsOn"] = ["Other"]
    elif change == "file":
        steps[2]["PropertyFiles"] = []
    elif change == "twice":
        steps.append(steps[0])
    elif change == "circle":
        steps[0]["DependsOn"] = ["Evaluate"]
    elif change == "condition":
        steps[3]["Arguments"]["Conditions"][0]["Type"] = "Roughly"
    elif change == "empty":
        content["Steps"] = []
    return "not json" if change == "json" else json.dumps(content)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("json", "Invalid JSON"),
        ("version", "Version '1' is not supported"),
        ("empty", "Steps must be a list of at least one step"),
        ("type", "Step Rows: type 'Cooking' is unknown"),
        ("unsupported", "Step Rows: type QualityCheck is not supported offline"),
        ("parameter", "Step Rows: refers to parameter 'Other'"),
        ("step", "Step Evaluate: depends on step 'Other'"),
        ("file", "Step Gate: step Evaluate has no property file 'evaluation'"),
        ("twice", "step names must be unique: Rows"),
        ("circle", "wait for each other in a circle"),
        ("condition", "Step Gate: condition type 'Roughly' is unknown"),
    ],
)
def test_a_wrong_definition_is_refused(ground: Ground, change: str, message: str) -> None:
    error = answer_of(
        lambda: ground.client("sagemaker").create_pipeline(
            PipelineName="refused", PipelineDefinition=broken(ground, change), RoleArn=ground.role
        )
    )
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"Other": "1"}, "Unknown parameters [Other]"),
        ({"Margin": "wide"}, "Parameter [Margin] is of type Float"),
    ],
)
def test_a_wrong_parameter_starts_nothing(
    ground: Ground, pipeline: str, parameters: dict[str, str], message: str
) -> None:
    error = answer_of(lambda: run(ground, pipeline, **parameters))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


def test_names_and_roles_are_checked(ground: Ground, pipeline: str) -> None:
    sagemaker = ground.client("sagemaker")
    text = json.dumps(whole(ground))
    taken = answer_of(
        lambda: sagemaker.create_pipeline(PipelineName=pipeline, PipelineDefinition=text, RoleArn=ground.role)
    )
    assert f"Pipeline with name ({pipeline}) already exists" in taken["Error"]["Message"]
    role = f"{ground.role}-gone"
    dangling = answer_of(lambda: sagemaker.create_pipeline(PipelineName="x", PipelineDefinition=text, RoleArn=role))
    assert f"Could not assume role {role}" in dangling["Error"]["Message"]
    missing = answer_of(lambda: sagemaker.start_pipeline_execution(PipelineName="nobody"))
    assert missing["Error"]["Code"] == "ResourceNotFound"


def job(ground: Ground, **more: Any) -> dict[str, Any]:
    return {
        "ProcessingJobName": f"j-{uuid.uuid4().hex[:8]}",
        "RoleArn": ground.role,
        "AppSpecification": {"ImageUri": ground.image, "ContainerEntrypoint": ["python", "-c", "print('ok')"]},
        "ProcessingResources": CLUSTER,
        **more,
    }


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"AppSpecification": {"ImageUri": "python:3.11"}}, "Invalid image URI python:3.11"),
        (
            {"AppSpecification": {"ImageUri": "222233334444.dkr.ecr.eu-west-1.amazonaws.com/other:1"}},
            "Cannot find repository: other in registry ID: 222233334444",
        ),
        (
            {"NetworkConfig": {"VpcConfig": {"Subnets": ["subnet-0"], "SecurityGroupIds": ["sg-0"]}}},
            "The subnet ID 'subnet-0' does not exist",
        ),
        ({"ProcessingOutputConfig": {"KmsKeyId": "0000", "Outputs": []}}, "KMS key 0000 does not exist"),
        (
            {"ProcessingResources": {"ClusterConfig": {**CLUSTER["ClusterConfig"], "InstanceType": "ml.huge"}}},
            "Member must satisfy enum value set",
        ),
        (
            {"ProcessingInputs": [{"InputName": "a", "S3Input": {
                "S3Uri": "s3://some-bucket/a", "LocalPath": "/data", "S3DataType": "S3Prefix"}}]},
            "must be an absolute path that begins with /opt/ml/processing/",
        ),
    ],
)  # fmt: skip
def test_a_wrong_job_is_refused(ground: Ground, more: dict[str, Any], message: str) -> None:
    wanted = job(ground, **more)
    error = answer_of(lambda: ground.client("sagemaker").create_processing_job(**wanted))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


def test_a_job_name_is_taken_once(ground: Ground) -> None:
    wanted = job(ground)
    ground.client("sagemaker").create_processing_job(**wanted)
    error = answer_of(lambda: ground.client("sagemaker").create_processing_job(**wanted))
    assert error["Error"]["Code"] == "ResourceInUse"
