"""The role that CI deploys with may call every service that the estate's resources are made with."""

import json

from components.base import Placement
from components.security.delivery_policy import RUNNERS, delivery_statements
from estate.cloud.resources import recorded, row
from tests.plans import previewed

IAM_PREFIXES = {
    "accessanalyzer": "access-analyzer",
    "amp": "aps",
    "apigatewayv2": "apigateway",
    "cloudcontrol": "cloudformation",
    "stepfunctions": "states",
}  # by boto3's name of a service, where it differs
NOT_OF_AWS = ("pulumi:", "kubernetes:", "estate:")


def services() -> set[str]:
    """Services of which the role may call something on some resource."""
    place = Placement(
        prefix="mlops-full",
        path="/mlops/full/",
        account_id="444444444444",
        region="eu-west-1",
        partition="aws",
        protected=True,
    )
    boundary, role, policy = (f"arn:aws:iam::444444444444:{kind}/x" for kind in ("policy", "role", "policy"))
    found = set()
    for statement in delivery_statements(place, boundary, role, policy):
        actions = statement.get("Action", [])
        if statement["Effect"] == "Allow":
            found |= {action.partition(":")[0] for action in ([actions] if isinstance(actions, str) else actions)}
    return found


def test_ci_may_make_every_type_of_the_estate():
    types = {goal.type for goal in previewed("full").goals if not goal.type.startswith(NOT_OF_AWS)}
    made_with = {type: row(type).service for type in types if recorded(type) is None}
    allowed = services()
    assert {type for type, service in made_with.items() if IAM_PREFIXES.get(service, service) not in allowed} == set()


def test_ci_may_hand_every_role_to_the_services_that_it_trusts():
    """Of roles whose trust is known before anything is made."""
    roles = [goal for goal in previewed("full").goals if goal.type == "aws:iam/role:Role"]
    known = [json.loads(policy) for role in roles if isinstance(policy := role.inputs["assumeRolePolicy"], str)]
    assert len(known) > len(roles) / 2
    principals = [statement["Principal"] for policy in known for statement in policy["Statement"]]
    named = {name for each in principals for kind in ("Service", "Federated") for name in listed(each.get(kind, []))}
    services = {name.removesuffix(".amazonaws.com") for name in named if name.endswith(".amazonaws.com")}
    assert services - set(RUNNERS) == set()


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
