import json
from typing import Any

import pytest

from components.pipeline.definition import Capacity, DefinitionError, DefinitionFile
from contracts.pipelines import Definition, Parameter

GOOD = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": "Workload", "Type": "String"},
        {"Name": "Trigger", "Type": "String", "DefaultValue": "manual"},
    ],
    "Steps": [{"Name": "Monitor", "Type": "Processing", "Arguments": {"Workload": {"Get": "Parameters.Workload"}}}],
}


def written(folder, document):
    text = document if isinstance(document, str) else json.dumps(document)
    (folder / "monitor.json").write_text(text)
    return DefinitionFile(folder, Definition.MONITOR)


def test_values_become_defaults_and_nothing_else_changes(tmp_path):
    filled = json.loads(written(tmp_path, GOOD).fill({"Workload": "eta"}))

    assert filled["Parameters"] == [
        {"Name": "Workload", "Type": "String", "DefaultValue": "eta"},
        {"Name": "Trigger", "Type": "String", "DefaultValue": "manual"},
    ]
    assert {**filled, "Parameters": []} == {**GOOD, "Parameters": []}


def test_a_value_replaces_the_definitions_own_default(tmp_path):
    filled = json.loads(written(tmp_path, GOOD).fill({"Workload": "eta", "Trigger": "schedule"}))

    assert filled["Parameters"][1]["DefaultValue"] == "schedule"


def test_a_parameter_without_default_needs_a_value(tmp_path):
    definition = written(tmp_path, GOOD)

    definition.require([Parameter.WORKLOAD])
    with pytest.raises(DefinitionError, match=r"monitor\.json: no value for parameters: Workload$"):
        definition.require([Parameter.TRIGGER])


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("not json", "no pipeline definition"),
        ({"Steps": []}, "no pipeline definition"),
        ({"Parameters": [], "Steps": []}, "no pipeline definition"),
        ({**GOOD, "Parameters": [{"Name": "Color", "Type": "String"}]}, "unknown parameters: Color"),
    ],
)
def test_what_is_no_definition_is_refused_by_name(tmp_path, document, said):
    with pytest.raises(DefinitionError, match=rf"monitor\.json: {said}"):
        written(tmp_path, document)


def test_a_missing_definition_is_named(tmp_path):
    with pytest.raises(DefinitionError, match=r"training\.json: no such definition"):
        DefinitionFile(tmp_path, Definition.TRAINING)


def test_a_definition_that_sagemaker_would_not_take_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match="characters; SageMaker takes 1048576"):
        written(tmp_path, GOOD).fill({"Workload": "x" * 1_048_576})


TRAINING: dict[str, Any] = {
    "Version": "2020-12-01",
    "Parameters": [{"Name": "ModelsUri", "Type": "String"}],
    "Steps": [
        {
            "Name": "Train",
            "Type": "Training",
            "Arguments": {
                "ResourceConfig": {"InstanceType": "ml.m5.large"},
                "StoppingCondition": {"MaxRuntimeInSeconds": 100},
            },
        },
        {"Name": "Evaluate", "Type": "Processing", "Arguments": {"StoppingCondition": {"MaxRuntimeInSeconds": 100}}},
    ],
}


def steps(tmp_path, capacity):
    found = json.loads(written(tmp_path, TRAINING).on(capacity).fill({}))
    return {step["Name"]: step["Arguments"] for step in found["Steps"]}


def test_spot_machines_are_waited_for_and_jobs_go_on_from_their_checkpoints(tmp_path):
    train = steps(tmp_path, Capacity(spot=True, spot_patience=50))["Train"]

    assert train["EnableManagedSpotTraining"] is True
    assert train["StoppingCondition"] == {"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 150}
    assert train["CheckpointConfig"]["S3Uri"]["Std:Join"]["Values"] == [
        {"Get": "Parameters.ModelsUri"},
        "checkpoints",
        {"Get": "Execution.PipelineExecutionId"},
    ]
    assert "KeepAlivePeriodInSeconds" not in train["ResourceConfig"]


def test_a_warm_pool_is_asked_for_and_nothing_else_changes(tmp_path):
    train = steps(tmp_path, Capacity(keep_alive=600))["Train"]

    assert train == {
        **TRAINING["Steps"][0]["Arguments"],
        "ResourceConfig": {"InstanceType": "ml.m5.large", "KeepAlivePeriodInSeconds": 600},
    }


@pytest.mark.parametrize("capacity", [Capacity(), Capacity(spot=True), Capacity(keep_alive=1)])
def test_other_steps_stay_as_they_are(tmp_path, capacity):
    assert steps(tmp_path, capacity)["Evaluate"] == TRAINING["Steps"][1]["Arguments"]


def test_on_demand_is_the_definition_itself(tmp_path):
    file = written(tmp_path, TRAINING)

    assert file.on(Capacity()).fill({}) == file.fill({})


def test_spot_machines_cannot_be_kept_warm():
    with pytest.raises(ValueError, match="keeps no spot machines warm"):
        Capacity(spot=True, keep_alive=60)
