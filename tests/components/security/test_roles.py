import json

import pytest

from components.security.roles import Roles, RolesArgs

BOUNDARY = "arn:aws:iam::123456789012:policy/mlops/test/mlops-test-boundary"
MODELS_KEY = "arn:aws:kms:eu-west-1:123456789012:key/models"
ROLE = "aws:iam/role:Role"


@pytest.fixture
def made(record, place):
    args = RolesArgs(
        placement=place,
        environment="test",
        permission_boundary_arn=BOUNDARY,
        models_key_arn=MODELS_KEY,
        logs_key_arn="arn:aws:kms:eu-west-1:123456789012:key/logs",
    )
    return record(lambda: Roles("roles", args))


def test_every_role_is_bounded_and_under_the_environments_path(made):
    assert made.names(ROLE) == ["roles-handlers", "roles-jobs", "roles-models", "roles-scheduler"]
    assert {(r["permissionsBoundary"], r["path"]) for r in made.of(ROLE)} == {(BOUNDARY, "/mlops/test/")}


@pytest.mark.parametrize(
    ("actor", "services"),
    [
        ("jobs", ["sagemaker.amazonaws.com"]),
        ("models", ["sagemaker.amazonaws.com"]),
        ("scheduler", ["scheduler.amazonaws.com"]),
    ],
)
def test_a_service_assumes_its_role_on_behalf_of_this_account_only(made, actor, services):
    (statement,) = json.loads(made.named(f"roles-{actor}")["assumeRolePolicy"])["Statement"]

    assert statement["Principal"] == {"Service": services}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_lambda_assumes_the_handlers_role_without_naming_an_account(made):
    (statement,) = json.loads(made.named("roles-handlers")["assumeRolePolicy"])["Statement"]

    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert "Condition" not in statement


def test_the_scheduler_may_do_nothing_until_somebody_grants_it(made):
    assert "roles-scheduler-base" not in made


def test_a_role_names_resources_wherever_aws_knows_any(made):
    nameless = {
        sid: statement["Action"]
        for actor in ("jobs", "models", "handlers")
        for sid, statement in made.statements(f"roles-{actor}-base").items()
        if statement["Resource"] == "*"
    }

    assert sorted(nameless) == ["DescribeNetwork", "LogInToEcr", "PutMetrics", "ReadMetrics"]
    assert all(action.startswith("ec2:Describe") for action in nameless["DescribeNetwork"])


def test_metrics_go_into_the_estates_namespace(made):
    statement = made.statements("roles-jobs-base")["PutMetrics"]

    assert "MlopsEstate" in statement["Condition"]["StringLike"]["cloudwatch:namespace"]


def test_the_volume_key_is_lent_to_aws_only(made):
    statement = made.statements("roles-jobs-base")["LendKeyToVolumes"]

    assert (statement["Action"], statement["Resource"]) == ("kms:CreateGrant", MODELS_KEY)
    assert statement["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_jobs_read_their_own_environments_outputs(made):
    assert made.statements("roles-jobs-base")["ReadOutputs"]["Resource"] == (
        "arn:aws:ssm:eu-west-1:123456789012:parameter/mlops-estate/test/*"
    )
