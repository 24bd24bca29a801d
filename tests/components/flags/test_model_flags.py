import json

import pytest
from pydantic import ValidationError

from components.flags.model_flags import ModelFlags, ModelFlagsArgs, Switches, flags


@pytest.fixture
def made(record, place):
    def make(**changes):
        args = {
            "placement": place,
            "switches": {"eta": Switches(largest_rows=100, explore_percent=20), "risk": Switches(enabled=False)},
            "alarms": {"eta": ["eta-errors", "eta-latency"]},
            "key_arn": "arn:logs-key",
            "permission_boundary_arn": "arn:boundary",
            **changes,
        }
        return record(lambda: ModelFlags("flags", ModelFlagsArgs.model_validate(args)))

    return make


def test_each_model_has_an_environment_whose_alarms_take_its_flags_back(made):
    result = made()
    watched = [each["alarmArn"] for each in result.named("flags-eta")["monitors"]]

    assert watched == [f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:eta-{each}" for each in ("errors", "latency")]
    assert result.named("flags-risk")["monitors"] == []
    statement = result.statements("flags-watcher-policy")["SeeAlarms"]
    assert statement["Resource"] == "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"


def test_appconfig_takes_its_role_as_its_guide_writes_it(made):
    """With a condition that AppConfig does not meet, it could see no alarm, and would give no flags out."""
    (statement,) = json.loads(made().named("flags-watcher")["assumeRolePolicy"])["Statement"]

    assert statement["Principal"] == {"Service": "appconfig.amazonaws.com"}
    assert "Condition" not in statement


def test_flags_reach_their_readers_step_by_step(made):
    strategy = made(step_percent=25, minutes=8, bake_minutes=15).named("flags-strategy")

    assert (strategy["growthType"], strategy["growthFactor"]) == ("LINEAR", 25)
    assert (strategy["deploymentDurationInMinutes"], strategy["finalBakeTimeInMinutes"]) == (8, 15)


def test_a_deployment_names_version_environment_and_strategy(made):
    result = made()
    deployment = result.named("flags-eta-deployment")

    assert deployment["environmentId"] == result.id("flags-eta")
    assert deployment["configurationProfileId"] == result.id("flags-eta-profile")
    assert deployment["deploymentStrategyId"] == result.id("flags-strategy")
    assert result.named("flags-eta-profile")["kmsKeyIdentifier"] == "arn:logs-key"


def test_flags_say_what_they_may_be_and_what_they_are():
    found = json.loads(flags(Switches(largest_rows=100, explore_percent=20)))

    assert found["values"] == {
        "answers": {"enabled": True, "largest_rows": 100},
        "explore": {"enabled": True, "percent": 20, "variant": "Challenger", "otherwise": "AllTraffic"},
    }
    assert found["flags"]["explore"]["attributes"]["percent"]["constraints"] == {
        "type": "number",
        "minimum": 0,
        "maximum": 100,
    }
    assert json.loads(flags(Switches()))["values"] == {"answers": {"enabled": True}, "explore": {"enabled": False}}


def test_old_versions_stay_for_the_way_back_where_data_is_kept(made, protected_place):
    assert made(placement=protected_place).goal("flags-eta-version").retain_on_delete is True
    assert not made().goal("flags-eta-version").retain_on_delete


def test_more_alarms_than_appconfig_watches_are_refused(made):
    with pytest.raises(ValidationError, match="eta has 6 alarms; AppConfig watches 5"):
        made(alarms={"eta": [f"a{number}" for number in range(6)]})
