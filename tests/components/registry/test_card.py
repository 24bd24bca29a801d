"""Model cards: what the workload states, in a form that SageMaker takes."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from components.registry.card import ModelCard, ModelCardArgs, content
from contracts.workload import Direction, RiskTier, read_workload
from estate.plan.schemas import schema

WORKLOADS = sorted((Path(__file__).resolve().parents[3] / "pipelines" / "workloads").glob("*/workload.yaml"))


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def as_json(part: Any) -> Any:
    """CloudFormation's schema of a card under the names that the API's JSON has."""
    if isinstance(part, dict):
        return {
            key: {snake(name): as_json(inner) for name, inner in value.items()}
            if key in ("properties", "definitions")
            else [snake(name) for name in value]
            if key == "required"
            else f"#/definitions/{snake(value.rpartition('/')[2])}"
            if key == "$ref"
            else as_json(value)
            for key, value in part.items()
        }
    return [as_json(item) for item in part] if isinstance(part, list) else part


@pytest.fixture(scope="module")
def check() -> Any:
    published = schema("AWS::SageMaker::ModelCard", "us-east-1")
    assert published is not None
    root = as_json({"$ref": "#/definitions/Content", "definitions": published["definitions"]})
    return jsonschema.Draft7Validator(root)


@pytest.mark.parametrize("file", WORKLOADS, ids=lambda file: file.parent.name)
def test_the_cards_of_the_estates_models_are_what_sagemaker_publishes(check: Any, file: Path) -> None:
    card = content(read_workload(file.parent), "ml-platform")

    assert [error.message for error in check.iter_errors(card)] == []
    assert len(json.dumps(card)) < 100_000


def test_the_check_would_notice(check: Any, workload: Any) -> None:
    card = content(workload, "ml")
    card["intended_uses"]["risk_rating"] = "Enormous"
    card["model_overview"]["colour"] = "red"

    assert len(list(check.iter_errors(card))) == 2


@pytest.mark.parametrize(("risk", "rating"), [("minimal", "Low"), ("limited", "Medium"), ("high", "High")])
def test_the_risk_is_that_of_the_workload(workload: Any, risk: str, rating: str) -> None:
    purpose = workload.purpose.model_copy(update={"risk": RiskTier(risk)})
    uses = content(workload.model_copy(update={"purpose": purpose}), "ml")["intended_uses"]

    assert uses["risk_rating"] == rating
    assert f"Risk class {risk} " in uses["explanations_for_risk_rating"]


def test_the_gate_is_told(workload: Any) -> None:
    objective = content(workload, "ml")["training_details"]["objective_function"]

    assert objective["function"] == {"function": "Minimize", "facet": "MAE", "condition": "on rows held out by time"}
    assert objective["notes"] == (
        "A version is registered when mae reaches 2, its error is 10% below that of the mean label, and it loses no "
        "more than 2% against the served version"
    )
    assert workload.gate.direction is Direction.MINIMIZE


def test_rows_from_a_generator_are_called_that(workload: Any) -> None:
    said = content(workload, "ml")["additional_information"]["caveats_and_recommendations"]

    assert said == "Rows come from a generator: metrics say nothing about the world"


def test_a_card_is_encrypted_and_its_review_is_left_alone(record: Any, place: Any, workload: Any) -> None:
    args = ModelCardArgs(placement=place, workload=workload, owner="ml", key_arn="arn:key")
    result = record(lambda: ModelCard("card", args))

    card = result.named("card-card")
    assert (card["modelCardName"], card["modelCardStatus"]) == ("mlops-test-ride-fare", "Draft")
    assert card["securityConfig"] == {"kmsKeyId": "arn:key"}
    assert result.goal("card-card").ignore_changes == ("modelCardStatus",)
