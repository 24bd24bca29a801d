"""The role that CI deploys with may call every service that the estate's resources are made with."""

from components.base import Placement
from components.security.delivery_policy import delivery_statements
from estate.cloud.resources import row
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
    made_with = {type: row(type).service for type in types}
    allowed = services()
    assert {type for type, service in made_with.items() if IAM_PREFIXES.get(service, service) not in allowed} == set()
