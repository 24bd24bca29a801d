import json

import pytest

from components.tracking.server import TrackingServer, TrackingServerArgs


@pytest.fixture
def made(record, place):
    def make(**changes):
        args = TrackingServerArgs.model_validate(
            {
                "placement": place,
                "bucket": "models",
                "bucket_arn": "arn:models",
                "key_arn": "arn:key",
                "permission_boundary_arn": "arn:boundary",
                **changes,
            }
        )

        def program():
            TrackingServer("experiments", args).grant_record("jobs", "jobs-role")

        return record(program)

    return make


def test_runs_lie_in_the_lake_and_models_are_registered_elsewhere(made):
    server = made(size="Medium").named("experiments-server")

    assert server["artifactStoreUri"] == "s3://models/mlflow"
    assert (server["trackingServerSize"], server["automaticModelRegistration"]) == ("Medium", False)
    assert "mlflowVersion" not in server


def test_the_server_touches_its_own_prefix(made):
    statements = made().statements("experiments-policy")

    assert statements["KeepArtifacts"]["Resource"] == "arn:models/mlflow/*"
    assert {one["Effect"] for one in statements.values()} == {"Allow"}


def test_whoever_records_can_neither_delete_nor_register(made):
    result = made()
    (statement,) = json.loads(result.named("experiments-record-jobs")["policy"])["Statement"]

    assert statement["Resource"] == result.made("experiments-server").outputs["arn"]
    assert not [action for action in statement["Action"] if "Delete" in action or "Registered" in action]


def test_it_waits_for_its_permissions(made):
    result = made()

    assert result.goal("experiments-policy").urn in result.goal("experiments-server").dependencies
