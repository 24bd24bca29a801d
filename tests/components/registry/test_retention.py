import json

import pytest

from components.registry.retention import VersionRetention, VersionRetentionArgs


@pytest.fixture
def made(record, place):
    def make(**changes):
        args = VersionRetentionArgs.model_validate(
            {
                "placement": place,
                "groups": {"eta": "mlops-test-eta"},
                "pinned": ["arn:b", "arn:a"],
                "keep": 5,
                "code": {"retention.py": "handle = None"},
                "permission_boundary_arn": "arn:boundary",
                "key_arn": "arn:key",
                "log_retention_days": 30,
                **changes,
            }
        )
        return record(lambda: VersionRetention("version-retention", args))

    return make


def actions(result):
    statements = result.statements("version-retention-handler-policy").values()
    return {a for s in statements for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}


def test_the_handler_is_told_groups_pins_and_bounds(made):
    variables = made(action="archive", most_a_run=7).named("version-retention-handler-function")["environment"][
        "variables"
    ]

    assert variables == {
        "GROUPS": json.dumps({"eta": "mlops-test-eta"}),
        "PINNED": '["arn:a", "arn:b"]',
        "PREFIX": "mlops-test-",
        "KEEP": "5",
        "ACTION": "archive",
        "MOST": "7",
    }


@pytest.mark.parametrize(
    ("action", "may"),
    [
        ("report", set()),
        ("archive", {"sagemaker:UpdateModelPackage"}),
        ("delete", {"sagemaker:DeleteModelPackage"}),
    ],
)
def test_it_may_do_what_its_action_needs_and_no_more(made, action, may):
    assert actions(made(action=action)) & {"sagemaker:UpdateModelPackage", "sagemaker:DeleteModelPackage"} == may


def test_it_reports_only_unless_told_otherwise(made):
    assert made().named("version-retention-handler-function")["environment"]["variables"]["ACTION"] == "report"


def test_a_schedule_starts_it_and_what_fails_is_kept(made):
    result = made(schedule="cron(0 3 * * ? *)")

    assert result.named("version-retention-rule")["scheduleExpression"] == "cron(0 3 * * ? *)"
    assert (
        result.named("version-retention-permission")["sourceArn"]
        == result.made("version-retention-rule").outputs["arn"]
    )
    letters = result.made("version-retention-dead-letters").outputs["arn"]
    assert result.named("version-retention-handler-function")["deadLetterConfig"] == {"targetArn": letters}
