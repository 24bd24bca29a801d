import pytest
from pydantic import ValidationError

from components.endpoint.rollout import Rollout, Strategy


def routing(**given):
    return Rollout(**given).deployment_config(["errors", "latency"])["blue_green_update_policy"]


def test_all_at_once_watches_once_and_is_rolled_back_by_both_alarms():
    config = Rollout(bake_seconds=600).deployment_config(["errors", "latency"])

    assert config == {
        "blue_green_update_policy": {
            "traffic_routing_configuration": {"type": "ALL_AT_ONCE", "wait_interval_in_seconds": 600},
            "maximum_execution_timeout_in_seconds": 2400,
            "termination_wait_in_seconds": 0,
        },
        "auto_rollback_configuration": {"alarms": [{"alarm_name": "errors"}, {"alarm_name": "latency"}]},
    }


def test_a_canary_takes_a_share_and_is_watched_twice():
    policy = routing(strategy=Strategy.CANARY, step_percent=5, bake_seconds=900)

    assert policy["traffic_routing_configuration"] == {
        "type": "CANARY",
        "wait_interval_in_seconds": 900,
        "canary_size": {"type": "CAPACITY_PERCENT", "value": 5},
    }
    assert policy["maximum_execution_timeout_in_seconds"] == 1800 + 2 * 900


@pytest.mark.parametrize(("percent", "steps"), [(10, 10), (30, 4), (50, 2)])
def test_linear_is_watched_after_every_step(percent, steps):
    policy = routing(strategy=Strategy.LINEAR, step_percent=percent, bake_seconds=60)

    assert policy["traffic_routing_configuration"]["linear_step_size"] == {"type": "CAPACITY_PERCENT", "value": percent}
    assert policy["maximum_execution_timeout_in_seconds"] == 1800 + steps * 60


@pytest.mark.parametrize(("strategy", "instances"), [("all-at-once", 1), ("canary", 2), ("linear", 2)])
def test_a_step_is_half_of_the_instances_at_most(strategy, instances):
    assert Rollout(strategy=Strategy(strategy)).least_instances == instances


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"strategy": "sideways"}, "strategy"),
        ({"step_percent": 51}, "step_percent"),
        ({"strategy": "linear", "step_percent": 9}, "step_percent 9 is too small for linear"),
        ({"strategy": "linear", "step_percent": 10, "bake_seconds": 1261}, "bake_seconds 1261 times 10 steps"),
        ({"bake_seconds": 3601}, "bake_seconds"),
    ],
)
def test_what_sagemaker_refuses_is_refused_here(wrong, said):
    with pytest.raises(ValidationError, match=said):
        Rollout.model_validate(wrong)


def test_rolling_replaces_a_batch_at_a_time_and_goes_back_in_batches_where_asked():
    rollout = Rollout(strategy=Strategy.ROLLING, step_percent=25, rollback_percent=50, bake_seconds=120)

    assert rollout.deployment_config(["errors"]) == {
        "rolling_update_policy": {
            "maximum_batch_size": {"type": "CAPACITY_PERCENT", "value": 25},
            "wait_interval_in_seconds": 120,
            "maximum_execution_timeout_in_seconds": 1800 + 4 * 120,
            "rollback_maximum_batch_size": {"type": "CAPACITY_PERCENT", "value": 50},
        },
        "auto_rollback_configuration": {"alarms": [{"alarm_name": "errors"}]},
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"strategy": "rolling", "step_percent": 4}, "step_percent 4 is too small for rolling; allowed are 5 to 50"),
        ({"strategy": "canary", "rollback_percent": 10}, "rollback_percent is for the strategy rolling; canary goes"),
    ],
)
def test_options_of_rolling_are_for_rolling(wrong, said):
    with pytest.raises(ValidationError, match=said):
        Rollout.model_validate(wrong)
