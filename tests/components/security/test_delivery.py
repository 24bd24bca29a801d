import json

import pytest
from pydantic import ValidationError

from components.base import Placement
from components.security.delivery import Delivery, DeliveryArgs
from tests.components.security.decide import may

BOUNDARY = "arn:aws:iam::123456789012:policy/mlops/test/mlops-test-boundary"
PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"


def delivery(place, **changes):
    given = {"repository": "acme/estate", "environment": "test", "permission_boundary_arn": BOUNDARY}
    return DeliveryArgs.model_validate({"placement": place, **given, **changes})


def test_only_tokens_of_the_repository_its_environment_and_branches_are_taken(record, place):
    made = record(lambda: Delivery("ci", delivery(place, branches=("main", "release/2"))))

    (statement,) = json.loads(made.named("ci-role")["assumeRolePolicy"])["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:acme/estate:environment:test",
            "token.actions.githubusercontent.com:ref": ["refs/heads/main", "refs/heads/release/2"],
        }
    }


def test_a_branch_is_named_and_no_pattern(place):
    assert delivery(place).branches == ("main",)
    for branches in ((), ("*",), ("refs heads",)):
        with pytest.raises(ValidationError, match="branches"):
            delivery(place, branches=branches)


def test_a_provider_is_created_unless_the_account_has_one(record, place):
    arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    assert record(lambda: Delivery("ci", delivery(place))).inputs(PROVIDER) == {
        "url": "https://token.actions.githubusercontent.com",
        "clientIdLists": ["sts.amazonaws.com"],
    }

    made = record(lambda: Delivery("ci", delivery(place, provider_arn=arn)))

    assert made.names(PROVIDER) == []
    (statement,) = json.loads(made.named("ci-role")["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Federated": arn}


def test_it_creates_no_role_without_the_boundary_or_outside_the_path(record, place):
    statement = record(lambda: Delivery("ci", delivery(place))).statements("ci-policy")["MakeBoundedRoles"]

    assert "iam:CreateRole" in statement["Action"]
    assert statement["Resource"] == "arn:aws:iam::123456789012:role/mlops/test/*"
    assert statement["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}


def test_it_cannot_change_itself_or_the_boundary(record, place):
    statement = record(lambda: Delivery("ci", delivery(place))).statements("ci-policy")["NotItself"]

    assert statement["Effect"] == "Deny"
    assert statement["Resource"] == [
        "arn:aws:iam::123456789012:role/mlops/test/mlops-test-ci",
        "arn:aws:iam::123456789012:policy/mlops/test/mlops-test-delivery",
        BOUNDARY,
    ]
    assert statement["NotAction"] == ["iam:Get*", "iam:List*"]
    assert "Action" not in statement


@pytest.mark.parametrize(
    ("action", "own", "others"),
    [
        ("lambda:UpdateFunctionCode", "lambda:{}:function:mlops-test-api", "lambda:{}:function:payments"),
        ("lambda:AddPermission", "lambda:{}:function:cwsyn-mlops-test-eta-1", "lambda:{}:function:cwsyn-payments-1"),
        ("eks:CreateAccessEntry", "eks:{}:cluster/mlops-test-gpu", "eks:{}:cluster/payments"),
        ("eks:CreateNodegroup", "eks:{}:cluster/mlops-test-gpu", "eks:{}:cluster/payments"),
        ("codebuild:UpdateProject", "codebuild:{}:project/mlops-test-images", "codebuild:{}:project/payments"),
    ],
)
def test_it_changes_nothing_that_runs_with_the_rights_of_others(record, place, action, own, others):
    made = record(lambda: Delivery("ci", delivery(place)))
    statements = [each for each in made.statements("ci-policy").values() if "Action" in each]

    allowed = [may(statements, action, f"arn:aws:{arn.format('eu-west-1:123456789012')}") for arn in (own, others)]
    assert allowed == [True, False]


@pytest.mark.parametrize(
    "action",
    ["ssm:SendCommand", "ssm:StartSession", "sagemaker:CreatePresignedNotebookInstanceUrl", "glue:UpdateJob"],
)
def test_it_enters_no_machine_notebook_or_job(record, place, action):
    made = record(lambda: Delivery("ci", delivery(place)))
    statements = [each for each in made.statements("ci-policy").values() if "Action" in each]

    assert may(statements, action.partition(":")[0] + ":DeleteParameter")  # of the same service it has the rest
    assert not may(statements, action)


def test_it_can_neither_stop_the_trail_nor_delete_a_key(record, place):
    statement = record(lambda: Delivery("ci", delivery(place))).statements("ci-policy")["NoTeardown"]

    assert (statement["Effect"], statement["Resource"]) == ("Deny", "*")
    assert {"cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "kms:ScheduleKeyDeletion"} <= set(statement["Action"])


def test_it_stops_no_detector(record, place):
    statement = record(lambda: Delivery("ci", delivery(place))).statements("ci-policy")["NoTeardown"]

    assert {
        "config:StopConfigurationRecorder",
        "guardduty:DeleteDetector",
        "macie2:DisableMacie",
        "securityhub:DisableSecurityHub",
    } <= set(statement["Action"])


def test_it_makes_secrets_of_the_estates_names_and_reads_none(record, place):
    statements = record(lambda: Delivery("ci", delivery(place))).statements("ci-policy")

    assert "secretsmanager:*" in statements["OwnNames"]["Action"]
    assert "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mlops-test-*" in statements["OwnNames"]["Resource"]
    denied = statements["NoRightsOfOthers"]
    assert (denied["Effect"], denied["Resource"]) == ("Deny", "*")
    assert "secretsmanager:GetSecretValue" in denied["Action"]


def test_it_links_a_file_system_to_the_lake_and_writes_no_other_role_of_a_service(record, place):
    """FSx writes the policy of its role in the caller's name, as its guide says of linked data repositories."""
    made = record(lambda: Delivery("ci", delivery(place)))
    statements = [each for each in made.statements("ci-policy").values() if "Action" in each]
    roles = "arn:aws:iam::123456789012:role/aws-service-role"

    assert may(statements, "iam:PutRolePolicy", f"{roles}/s3.data-source.lustre.fsx.amazonaws.com/fs-1")
    assert not may(statements, "iam:PutRolePolicy", f"{roles}/eks.amazonaws.com/AWSServiceRoleForAmazonEKS")


def test_it_makes_topics_and_functions_with_a_layer_of_aws(record, place):
    made = record(lambda: Delivery("ci", delivery(place)))
    statements = [each for each in made.statements("ci-policy").values() if "Action" in each]

    assert may(
        statements, "kafka-cluster:CreateTopic", "arn:aws:kafka:eu-west-1:123456789012:topic/mlops-test-rows/1/a"
    )
    assert may(statements, "lambda:GetLayerVersion", "arn:aws:lambda:eu-west-1:901920570463:layer:aws-otel-python:1")


def test_of_cloudformation_it_has_cloud_control_only(record, place):
    statement = record(lambda: Delivery("ci", delivery(place))).statements("ci-policy")["CloudControl"]

    assert {"cloudformation:CreateResource", "cloudformation:UpdateResource"} <= set(statement["Action"])
    assert not [action for action in statement["Action"] if "Stack" in action or "*" in action]


def test_roles_are_handed_to_named_services_only(record, place):
    statement = record(lambda: Delivery("ci", delivery(place))).statements("ci-policy")["HandOnRoles"]

    assert statement["Resource"] == "arn:aws:iam::123456789012:role/mlops/test/*"
    assert "sagemaker.amazonaws.com" in statement["Condition"]["StringEquals"]["iam:PassedToService"]


@pytest.mark.parametrize(
    ("service", "allowed"),
    [
        # A custom domain name, an endpoint's autoscaling and a cache of images fail without theirs.
        ("ops.apigateway", True),
        ("sagemaker.application-autoscaling", True),
        ("pullthroughcache.ecr", True),
        ("restore-testing.backup", True),
        ("organizations", False),
        ("sso", False),
    ],
)
def test_services_that_act_for_the_estate_get_the_roles_that_they_make_themselves(record, place, service, allowed):
    statements = record(lambda: Delivery("ci", delivery(place))).statements("ci-policy")
    name = f"{service}.amazonaws.com"
    role = f"arn:aws:iam::123456789012:role/aws-service-role/{name}/x"

    asked = {"iam__AWSServiceName": [name]}
    assert may([statements["LinkServices"]], "iam:CreateServiceLinkedRole", role, **asked) is allowed


def test_it_assumes_the_role_that_deployments_assume_and_no_other(record, place):
    deployer = "arn:aws:iam::123456789012:role/deployer"
    made = record(lambda: Delivery("ci", delivery(place, assume_role_arn=deployer)))

    assert made.statements("ci-policy")["BecomeDeployer"]["Resource"] == deployer
    assert "BecomeDeployer" not in record(lambda: Delivery("ci", delivery(place))).statements("ci-policy")


def test_its_policy_is_its_boundary(record, place):
    made = record(lambda: Delivery("ci", delivery(place)))

    assert made.named("ci-role")["permissionsBoundary"] == made.named("ci-permission")["policyArn"]


def test_its_policy_fits_where_every_name_is_as_long_as_it_may_be(record):
    longest = Placement(
        prefix="m" * 24,
        path=f"/{'m' * 23}/",
        account_id="123456789012",
        region="ap-southeast-1",
        partition="aws-us-gov",
        protected=True,
    )
    made = record(
        lambda: Delivery(
            "ci", delivery(longest, assume_role_arn="arn:aws-us-gov:iam::123456789012:role/bootstrap/deployer")
        )
    )

    assert len(made.named("ci-policy")["policy"]) < 6144


@pytest.mark.parametrize("wrong", [{"repository": "acme"}, {"repository": "acme/*"}, {"branch": "main"}])
def test_wrong_arguments_are_refused_before_anything_is_registered(place, wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        delivery(place, **wrong)
