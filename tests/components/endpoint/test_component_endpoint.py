import json

import pytest
from pydantic import ValidationError

from components.endpoint.component_endpoint import ComponentEndpoint, ComponentEndpointArgs
from components.endpoint.modes import Component

PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/mlops-test-eta/3"


@pytest.fixture
def made(record, place):
    def make(**serving):
        args = {
            "placement": place,
            "model": "eta-quiet",
            "endpoint_name": "mlops-test-eta-quiet",
            "serving": {"mode": "component", **serving},
            "release": {"version": 3, "package_arn": PACKAGE},
            "runtime": {"role_arn": "arn:role", "subnet_ids": {"a": "subnet-1"}, "security_group_id": "sg-1"},
            "key_arn": "arn:models-key",
            "log_key_arn": "arn:logs-key",
            "log_retention_days": 30,
        }
        return record(lambda: ComponentEndpoint("quiet", ComponentEndpointArgs.model_validate(args)))

    return make


def state(result, kind):
    (found,) = [each for each in result.of("aws:cloudcontrol/resource:Resource") if each["typeName"].endswith(kind)]
    return json.loads(found["desiredState"])


def test_instances_come_and_go_with_the_copies(made):
    (variant,) = state(made(instances={"maximum": 4}), "EndpointConfig")["ProductionVariants"]

    assert variant["ManagedInstanceScaling"] == {"Status": "ENABLED", "MinInstanceCount": 0, "MaxInstanceCount": 4}
    assert variant["RoutingConfig"] == {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"}
    assert "ModelName" not in variant


def test_they_live_in_the_private_network_isolated_and_encrypted(made):
    found = state(made(), "EndpointConfig")

    assert found["VpcConfig"] == {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    assert (found["EnableNetworkIsolation"], found["KmsKeyId"]) == (True, "arn:models-key")
    assert found["ExecutionRoleArn"] == "arn:role"


def test_a_copy_gets_what_it_needs_and_a_release_goes_back_by_alarm(made):
    result = made(cpus=2, memory_mb=4096)
    found = state(result, "InferenceComponent")

    assert found["Specification"]["ComputeResourceRequirements"] == {
        "NumberOfCpuCoresRequired": 2,
        "MinMemoryRequiredInMb": 4096,
    }
    alarms = found["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert [each["AlarmName"] for each in alarms] == [
        result.named(f"quiet-alarms-{signal}")["name"] for signal in ("errors", "latency")
    ]
    assert result.named("quiet-alarms-errors")["dimensions"] == {"InferenceComponentName": "mlops-test-eta-quiet"}
    assert found["DeploymentConfig"]["RollingUpdatePolicy"]["MaximumBatchSize"] == {
        "Type": "CAPACITY_PERCENT",
        "Value": 50,
    }


@pytest.mark.parametrize("copies", [{}, {"minimum": 1}])
def test_a_refused_request_starts_the_first_copy_where_none_may_run(made, copies):
    result = made(copies={"maximum": 3, **copies}, instances={"minimum": copies.get("minimum", 0)})
    target = result.named("quiet-capacity")

    assert target["scalableDimension"] == "sagemaker:inference-component:DesiredCopyCount"
    assert (target["minCapacity"], target["maxCapacity"]) == (copies.get("minimum", 0), 3)
    assert ("quiet-waking-alarm" in result) is not bool(copies)
    if not copies:
        alarm = result.named("quiet-waking-alarm")
        assert alarm["metricName"] == "NoCapacityInvocationFailures"
        assert alarm["dimensions"] == {"InferenceComponentName": "mlops-test-eta-quiet"}


def test_bounds_of_copies_change_no_desired_state(made):
    before, after = (state(made(copies=copies), "InferenceComponent") for copies in ({}, {"maximum": 9}))

    assert before == after
    assert before["RuntimeConfig"] == {"CopyCount": 1}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"rollout": {"strategy": "canary"}},
            "a canary rollout moves an endpoint's traffic; .* it allows rolling only",
        ),
        ({"copies": {"minimum": 1}}, r"instances\.minimum 0 leaves no room for copies\.minimum 1"),
        ({"copies": {"minimum": 3, "maximum": 2}}, "minimum 3 is above maximum 2"),
        ({"challenger_slot": {}}, "Extra inputs are not permitted"),
    ],
)
def test_what_a_component_cannot_have_is_refused(wrong, said):
    with pytest.raises(ValidationError, match=said):
        Component.model_validate({"mode": "component", **wrong})
