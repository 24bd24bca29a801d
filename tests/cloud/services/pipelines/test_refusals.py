"""Pipelines and executions that are refused, through plain boto3."""

import copy
import json

import pytest

from tests.cloud.services.harness import Ground, answer_of
from tests.cloud.services.pipelines.gated import run, whole


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
