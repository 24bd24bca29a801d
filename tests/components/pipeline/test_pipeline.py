import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from components.pipeline.definition import DefinitionError
from components.pipeline.model_pipelines import ModelPipelines, ModelPipelinesArgs
from components.pipeline.permissions import PipelinePermissions, PipelinePermissionsArgs
from components.pipeline.schedule import PipelineSchedule, PipelineScheduleArgs
from contracts.pipelines import Parameter
from estate.engine.program import ProgramError
from estate.plan.record import record
from tests.components.places import VIRGINIA

DEFINITIONS = Path(__file__).parents[3] / "pipelines" / "definitions"
VALUES = {parameter: f"value-of-{parameter}" for parameter in Parameter}


def pipelines(**changes):
    args = {"placement": VIRGINIA, "model": "eta", "definitions": DEFINITIONS, "role_arn": "role", "values": VALUES}
    return record(
        lambda: ModelPipelines("eta-pipelines", ModelPipelinesArgs.model_validate({**args, **changes})) and None
    )


def test_a_model_has_three_pipelines_with_its_values_as_defaults():
    made = {goal.name: goal.inputs for goal in pipelines().of_type("aws:sagemaker/pipeline:Pipeline")}

    assert {name: inputs["pipelineName"] for name, inputs in made.items()} == {
        "eta-pipelines-data": "mlops-test-eta-data",
        "eta-pipelines-training": "mlops-test-eta-training",
        "eta-pipelines-monitor": "mlops-test-eta-monitor",
    }
    for inputs in made.values():
        parameters = json.loads(inputs["pipelineDefinition"])["Parameters"]
        assert inputs["roleArn"] == "role"
        assert {entry["Name"]: entry["DefaultValue"] for entry in parameters} == {
            entry["Name"]: f"value-of-{entry['Name']}" for entry in parameters
        }


def test_a_model_without_a_needed_value_has_no_pipeline():
    with pytest.raises(ProgramError) as raised:
        pipelines(values={key: value for key, value in VALUES.items() if key is not Parameter.RAW_URI})

    assert isinstance(raised.value.__cause__, DefinitionError)
    assert str(raised.value.__cause__) == "definitions/data.json: no value for parameters: RawUri"


def permissions():
    args = PipelinePermissionsArgs(
        placement=VIRGINIA, jobs_role_name="jobs", jobs_role_arn="arn:jobs", scheduler_role_name="scheduler"
    )
    made = record(lambda: PipelinePermissions("permissions", args) and None)
    return {
        goal.inputs["role"]: json.loads(goal.inputs["policy"])["Statement"]
        for goal in made.of_type("aws:iam/rolePolicy:RolePolicy")
    }


def test_schedules_may_start_this_environments_pipelines_and_nothing_else():
    assert permissions()["scheduler"] == [
        {
            "Sid": "StartPipelines",
            "Effect": "Allow",
            "Action": "sagemaker:StartPipelineExecution",
            "Resource": "arn:aws:sagemaker:us-east-1:111111111111:pipeline/mlops-test-*",
        }
    ]


def test_jobs_may_run_pipeline_jobs_and_hand_on_their_own_role_to_sagemaker_only():
    statements = {statement["Sid"]: statement for statement in permissions()["jobs"]}

    assert statements["RunJobs"]["Resource"] == [
        "arn:aws:sagemaker:us-east-1:111111111111:processing-job/pipelines-*",
        "arn:aws:sagemaker:us-east-1:111111111111:training-job/pipelines-*",
    ]
    assert statements["HandRoleToJobs"]["Resource"] == "arn:jobs"
    assert statements["HandRoleToJobs"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
    }
    assert statements["RegisterModels"]["Resource"] == [
        "arn:aws:sagemaker:us-east-1:111111111111:model-package-group/mlops-test-*",
        "arn:aws:sagemaker:us-east-1:111111111111:model-package/mlops-test-*",
    ]
    assert "*" not in [resource for statement in statements.values() for resource in statement["Resource"]]


SCHEDULE = {
    "placement": VIRGINIA,
    "purpose": "eta-monitor",
    "expression": "rate(1 hour)",
    "pipeline_arn": "arn:pipeline",
    "role_arn": "arn:role",
}


def schedule(**changes):
    args = PipelineScheduleArgs.model_validate({**SCHEDULE, **changes})
    return record(lambda: PipelineSchedule("runs", args) and None).named("runs-schedule").inputs


def test_a_schedule_starts_one_pipeline_with_the_given_parameters():
    inputs = schedule(parameters={Parameter.TRIGGER: "schedule"})

    assert (inputs["name"], inputs["scheduleExpression"], inputs["state"]) == (
        "mlops-test-eta-monitor",
        "rate(1 hour)",
        "ENABLED",
    )
    assert inputs["target"] == {
        "arn": "arn:pipeline",
        "roleArn": "arn:role",
        "retryPolicy": {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 3},
        "sagemakerPipelineParameters": {"pipelineParameters": [{"name": "Trigger", "value": "schedule"}]},
    }


def test_a_schedule_without_parameters_leaves_the_pipelines_own():
    assert "sagemakerPipelineParameters" not in schedule()["target"]


@pytest.mark.parametrize("wrong", [{"expression": "hourly"}, {"parameters": {"Color": "red"}}, {"timezone": "CET"}])
def test_a_wrong_schedule_is_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        schedule(**wrong)
