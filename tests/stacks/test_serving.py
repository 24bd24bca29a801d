import pytest

from stacks.settings import SettingsError


def test_without_a_release_everything_comes_up_and_nothing_is_served(estate):
    made = estate()

    assert made.outputs["serving"].endpoints == {}
    assert made.of_type("aws:sagemaker/endpoint:Endpoint") == []
    assert "overview-dashboard" in made.names


def test_a_released_model_is_served_under_the_name_that_was_published_before(estate, released):
    made = estate(models=released)

    assert [goal.inputs["name"] for goal in made.of_type("aws:sagemaker/endpoint:Endpoint")] == ["mlops-test-ride-fare"]
    assert list(made.outputs["serving"].endpoints) == ["ride-fare"]
    assert list(made.outputs["serving"].alarms) == ["ride-fare/errors", "ride-fare/latency"]


def test_settings_reach_rollout_capture_and_scaling(estate, released):
    endpoint = {
        "instance_type": "ml.c5.xlarge",
        "autoscaling": {"minimum": 2, "maximum": 5},
        "rollout": {"strategy": "linear", "step_percent": 25, "bake_seconds": 120},
        "capture_percent": 30,
    }
    made = estate(models={"ride-fare": {**released["ride-fare"], "endpoint": endpoint}})
    traffic = made.named("ride-fare-endpoint-endpoint").inputs["deploymentConfig"]["blueGreenUpdatePolicy"]
    kind = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
    (configuration,) = [item.inputs for item in made.of_type(kind) if "ride-fare" in item.name]

    assert traffic["trafficRoutingConfiguration"] == {
        "type": "LINEAR",
        "waitIntervalInSeconds": 120,
        "linearStepSize": {"type": "CAPACITY_PERCENT", "value": 25},
    }
    assert configuration["productionVariants"][0]["instanceType"] == "ml.c5.xlarge"
    assert configuration["dataCaptureConfig"]["initialSamplingPercentage"] == 30
    assert made.named("ride-fare-endpoint-capacity").inputs["maxCapacity"] == 5


@pytest.mark.parametrize("strategy", ["canary", "linear"])
def test_a_gradual_rollout_of_one_instance_is_a_wrong_setting(estate, strategy):
    with pytest.raises(
        SettingsError, match=rf"models\.ride-fare\.endpoint: autoscaling\.minimum 1 .* {strategy} rollout"
    ):
        estate(models={"ride-fare": {"endpoint": {"rollout": {"strategy": strategy}}}})
