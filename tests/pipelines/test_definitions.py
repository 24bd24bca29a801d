import json
import re
import subprocess
import sys
import types
from pathlib import Path

import boto3
import pytest

from contracts.pipelines import OPTIONAL, Definition, Parameter, Step
from pipelines.definitions import committed

DOCUMENTS = {kind: json.loads(committed(kind)) for kind in Definition}
OPERATIONS = {
    "Processing": "CreateProcessingJob",
    "Training": "CreateTrainingJob",
    "RegisterModel": "CreateModelPackage",
}
# SageMaker names the jobs of a pipeline itself.
NAMED_BY_SAGEMAKER = {"ProcessingJobName", "TrainingJobName"}


def steps(document):
    for step in document["Steps"]:
        yield step
        if step["Type"] == "Condition":
            yield from step["Arguments"]["IfSteps"] + step["Arguments"]["ElseSteps"]


def found(value, key):
    """All values under `key`, wherever it stands."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name == key:
                yield item
            yield from found(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from found(item, key)


def test_the_committed_definitions_are_current_and_the_same_bytes_each_time():
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.definitions", "--check"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stale_definition_fails_the_check(tmp_path, monkeypatch, capsys):
    from pipelines.definitions import __main__ as command

    for kind in Definition:
        (tmp_path / f"{kind}.json").write_text(committed(kind).replace("3600", "60"))
    made = types.SimpleNamespace(definition=committed)  # what the SDK makes, without the seconds it takes
    monkeypatch.setitem(sys.modules, "pipelines.definitions.build", made)
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    monkeypatch.setattr(command, "committed", lambda kind: (tmp_path / f"{kind}.json").read_text())
    monkeypatch.setattr(sys, "argv", ["definitions", "--check"])
    assert command.main() == 1
    assert "data.json is stale; run: python -m pipelines.definitions" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Definition.DATA, [Step.INGEST, Step.VALIDATE, Step.FEATURIZE]),
        (
            Definition.TRAINING,
            [Step.SNAPSHOT, Step.TRAIN, Step.EVALUATE, Step.GATE, Step.REGISTER, Step.GATE_NOT_MET],
        ),
        (Definition.MONITOR, [Step.MONITOR]),
    ],
)
def test_the_steps_are_those_of_the_contract(kind, expected):
    assert [step["Name"] for step in steps(DOCUMENTS[kind])] == expected


@pytest.mark.parametrize("kind", Definition)
def test_a_definition_declares_exactly_the_parameters_that_it_uses(kind):
    document = DOCUMENTS[kind]
    used = {
        text.removeprefix("Parameters.") for text in found(document["Steps"], "Get") if text.startswith("Parameters.")
    }
    declared = {item["Name"]: item.get("DefaultValue") for item in document["Parameters"]}
    assert set(declared) == used
    assert {item["Type"] for item in document["Parameters"]} == {"String"}
    assert declared == {name: OPTIONAL.get(Parameter(name)) for name in used}


@pytest.mark.parametrize("kind", Definition)
def test_a_definition_holds_nothing_of_an_environment(kind):
    assert not re.search(r"arn:|\d{12}|s3://|us-[a-z]+-\d", committed(kind))


@pytest.mark.parametrize("kind", Definition)
def test_requests_have_only_members_that_sagemaker_knows_and_all_it_needs(kind):
    model = boto3.client("sagemaker", region_name="us-east-1").meta.service_model

    def check(value, shape, path):
        if (
            isinstance(value, dict)
            and shape.type_name == "structure"
            and not value.keys() & {"Get", "Std:Join", "Std:JsonGet"}
        ):
            assert value.keys() <= shape.members.keys(), path
            assert set(shape.required_members) - NAMED_BY_SAGEMAKER <= value.keys(), path
            for name, item in value.items():
                check(item, shape.members[name], f"{path}.{name}")
        elif isinstance(value, list):
            assert shape.type_name == "list", path
            for item in value:
                check(item, shape.member, f"{path}[]")

    checked = 0
    for step in steps(DOCUMENTS[kind]):
        if step["Type"] in OPERATIONS:
            check(step["Arguments"], model.operation_model(OPERATIONS[step["Type"]]).input_shape, step["Name"])
            checked += 1
    assert checked >= 1


def test_every_job_that_a_definition_starts_exists():
    commands = {name: list(found(document, "ContainerEntrypoint")) for name, document in DOCUMENTS.items()}
    assert all(commands.values())
    for each in commands.values():
        for command in each:
            assert command[:2] == ["python", "-m"]
            assert Path(*command[2].split(".")).with_suffix(".py").is_file(), command


def test_the_gate_compares_the_margin_with_nothing():
    (gate,) = [step for step in DOCUMENTS[Definition.TRAINING]["Steps"] if step["Name"] == Step.GATE]
    (condition,) = gate["Arguments"]["Conditions"]
    assert condition["Type"] == "GreaterThanOrEqualTo"
    assert condition["LeftValue"]["Std:JsonGet"]["Path"] == "gate.margin"
    assert condition["RightValue"] == 0


def test_a_version_waits_for_approval_and_names_its_snapshot():
    (register,) = [step for step in steps(DOCUMENTS[Definition.TRAINING]) if step["Name"] == Step.REGISTER]
    request = register["Arguments"]
    assert request["ModelApprovalStatus"] == "PendingManualApproval"
    assert request["CustomerMetadataProperties"]["snapshot_digest"]["Std:JsonGet"]["Path"] == "digest"
    assert request["InferenceSpecification"]["Containers"][0]["Environment"] == {
        "ESTATE_WORKLOAD": {"Get": "Parameters.Workload"}
    }


def test_jobs_that_call_no_service_have_no_network():
    isolated = {
        step["Name"]: step["Arguments"].get("NetworkConfig", step["Arguments"])["EnableNetworkIsolation"]
        for document in DOCUMENTS.values()
        for step in document["Steps"]
        if step["Type"] in ("Processing", "Training")
    }
    assert isolated == {
        "Ingest": False,
        "Validate": True,
        "Featurize": False,
        "Snapshot": True,
        "Train": True,
        "Evaluate": False,
        "Monitor": False,
    }
