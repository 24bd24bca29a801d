"""What the function that looks for idle things may do."""

import json

import pytest

from components.idle.idle_watch import IdleWatch, IdleWatchArgs

KEY = "arn:aws:kms:eu-west-1:123456789012:key/logs"
CHANGES = {"sagemaker:DeleteApp", "sagemaker:DeleteEndpoint", "eks:UpdateNodegroupConfig"}


@pytest.fixture
def watch(record, place):
    """The component, and the actions that its role may take."""

    def made(*, protected=False, **changes):
        given = {
            "environment": "test",
            "code": {"idle.py": "def handle(*_): ..."},
            "schedule": "cron(0 20 ? * * *)",
            "kinds": ["endpoints", "apps", "node-groups"],
            "hours": 12,
            "act": True,
            "most": 10,
            "cluster": f"{place.prefix}-gpu",
            "studio_domain": "d-1",
            "table": "incidents",
            "table_arn": "arn:aws:dynamodb:eu-west-1:123456789012:table/incidents",
            "scheduler_role_arn": "arn:aws:iam::123456789012:role/scheduler",
            "scheduler_role_name": "scheduler",
            "permission_boundary_arn": "arn:aws:iam::123456789012:policy/boundary",
            "key_arn": KEY,
            "log_retention_days": 30,
        }
        where = place.model_copy(update={"protected": protected})
        return record(lambda: IdleWatch("idle", IdleWatchArgs.model_validate({"placement": where, **given, **changes})))

    return made


def actions(made) -> set[str]:
    found = [each["Action"] for each in made.statements("idle-handler-policy").values()]
    return {action for each in found for action in ([each] if isinstance(each, str) else each)}


def told(made) -> dict:
    return json.loads(made.named("idle-handler-function")["environment"]["variables"]["SETTINGS"])


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        ({}, CHANGES - {"sagemaker:DeleteEndpoint"}),
        ({"delete_endpoints": True}, CHANGES),
        ({"delete_endpoints": True, "protected": True}, CHANGES - {"sagemaker:DeleteEndpoint"}),
        ({"delete_endpoints": True, "act": False}, set()),
    ],
)
def test_what_it_may_not_do_its_role_cannot(watch, settings, changes):
    made = watch(**settings)

    assert actions(made) & CHANGES == changes
    assert told(made)["endpoints"] is ("sagemaker:DeleteEndpoint" in changes)
    assert told(made)["act"] is bool(changes)


def test_only_what_is_the_environments_own_is_touched(watch, place):
    statements = watch(delete_endpoints=True).statements("idle-handler-policy")

    assert {sid: statements[sid]["Resource"] for sid in ("StopApps", "DeleteEndpoints", "ScaleNodes")} == {
        "StopApps": place.arn("sagemaker", "app/d-1/*"),
        "DeleteEndpoints": place.arn("sagemaker", f"endpoint/{place.prefix}-*"),
        "ScaleNodes": [
            place.arn("eks", f"cluster/{place.prefix}-gpu"),
            place.arn("eks", f"nodegroup/{place.prefix}-gpu/*/*"),
        ],
    }


def test_where_nothing_of_a_kind_is_there_nothing_of_it_may_be_looked_at(watch):
    made = watch(cluster=None, studio_domain=None, kinds=["endpoints"])

    assert {each for each in actions(made) if "App" in each or each.startswith("eks:")} == {"sagemaker:ListApps"}
