import pytest
from pydantic import ValidationError

from components.base import Placement
from components.endpoint.model_endpoint import ModelEndpoint, ModelEndpointArgs
from estate.plan.record import record

PLACE = Placement(
    prefix="mlops-test",
    path="/mlops/test/",
    account_id="111111111111",
    region="us-east-1",
    partition="aws",
    protected=False,
)
MODEL = "aws:sagemaker/model:Model"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
PACKAGE = "arn:aws:sagemaker:us-east-1:111111111111:model-package/mlops-test-eta/3"
ARGS = {
    "placement": PLACE,
    "model": "eta",
    "endpoint_name": "mlops-test-eta",
    "version": 3,
    "package_arn": PACKAGE,
    "role_arn": "arn:role",
    "subnet_ids": {"a": "subnet-a", "b": "subnet-b"},
    "security_group_id": "sg",
    "key_arn": "arn:models-key",
    "capture_uri": "s3://raw/eta/capture",
    "capture_key_arn": "arn:data-key",
    "log_key_arn": "arn:logs-key",
    "log_retention_days": 30,
    "instance_type": "ml.m5.large",
}


def args(**changes):
    return ModelEndpointArgs.model_validate({**ARGS, **changes})


def made(**changes):
    return record(lambda: ModelEndpoint("eta-endpoint", args(**changes)) and None)


def configuration(result):
    (found,) = [item.inputs for item in result.goals if item.type == CONFIGURATION]
    return found


def test_the_model_is_the_released_package_alone_in_the_private_network():
    assert made().named("eta-endpoint-model-v3").inputs == {
        "name": "mlops-test-eta-v3",
        "executionRoleArn": "arn:role",
        "primaryContainer": {"modelPackageName": PACKAGE},
        "enableNetworkIsolation": True,
        "vpcConfig": {"subnets": ["subnet-a", "subnet-b"], "securityGroupIds": ["sg"]},
    }


def test_the_configuration_encrypts_and_captures():
    inputs = configuration(made(capture_percent=20, minimum=2))

    assert inputs["kmsKeyArn"] == "arn:models-key"
    assert inputs["productionVariants"] == [
        {
            "variantName": "AllTraffic",
            "modelName": "mlops-test-eta-v3",
            "instanceType": "ml.m5.large",
            "initialInstanceCount": 2,
            "initialVariantWeight": 1,
        }
    ]
    assert inputs["dataCaptureConfig"] == {
        "enableCapture": True,
        "initialSamplingPercentage": 20,
        "destinationS3Uri": "s3://raw/eta/capture",
        "kmsKeyId": "arn:data-key",
        "captureOptions": [{"captureMode": "Input"}, {"captureMode": "Output"}],
        "captureContentTypeHeader": {"csvContentTypes": ["text/csv"], "jsonContentTypes": ["application/json"]},
    }


@pytest.mark.parametrize(
    "change", [{"version": 4}, {"instance_type": "ml.m5.xlarge"}, {"minimum": 2}, {"capture_percent": 50}]
)
def test_a_changed_configuration_has_another_name_as_the_old_one_still_serves(change):
    assert configuration(made(**change))["name"] != configuration(made())["name"]
    assert configuration(made())["name"] == configuration(made(latency_ms=900))["name"]


def test_a_release_leaves_the_resources_of_the_one_before_to_themselves():
    def releases(version: int) -> set[str]:
        result = made(version=version)
        return {item.name for item in result.goals if item.type in (MODEL, CONFIGURATION)}

    assert len(releases(3)) == 2
    assert releases(3).isdisjoint(releases(4))


def test_the_endpoint_keeps_its_name_and_rolls_back_on_its_own_alarms():
    result = made(rollout={"strategy": "canary", "step_percent": 10}, minimum=2)
    endpoint = result.named("eta-endpoint-endpoint")

    assert endpoint.inputs["name"] == "mlops-test-eta"
    assert endpoint.inputs["endpointConfigName"] == configuration(result)["name"]
    assert endpoint.inputs["deploymentConfig"]["autoRollbackConfiguration"] == {
        "alarms": [{"alarmName": "mlops-test-errors-eta"}, {"alarmName": "mlops-test-latency-eta"}]
    }
    traffic = endpoint.inputs["deploymentConfig"]["blueGreenUpdatePolicy"]["trafficRoutingConfiguration"]
    assert traffic["type"] == "CANARY"


def test_alarms_and_log_exist_before_the_endpoint():
    result = made()
    needed = {result.named(name).urn for name in ("eta-endpoint-log", "eta-endpoint-alarms-errors")}

    assert needed <= set(result.named("eta-endpoint-endpoint").dependencies)


def test_errors_are_a_share_of_requests_and_latency_is_in_microseconds():
    result = made(latency_ms=250)
    errors = result.named("eta-endpoint-alarms-errors").inputs
    latency = result.named("eta-endpoint-alarms-latency").inputs

    assert (errors["metricName"], errors["statistic"], errors["threshold"]) == ("Invocation5XXErrors", "Average", 0.01)
    assert (latency["metricName"], latency["extendedStatistic"], latency["threshold"]) == (
        "ModelLatency",
        "p99",
        250_000,
    )
    assert latency["dimensions"] == {"EndpointName": "mlops-test-eta", "VariantName": "AllTraffic"}
    assert {errors["treatMissingData"], latency["treatMissingData"]} == {"notBreaching"}


def test_instances_follow_the_load_between_the_bounds():
    result = made(minimum=2, maximum=6, invocations_per_instance=700)
    target = result.named("eta-endpoint-capacity").inputs
    policy = result.named("eta-endpoint-scaling").inputs

    assert (target["minCapacity"], target["maxCapacity"]) == (2, 6)
    assert target["resourceId"] == policy["resourceId"] == "endpoint/mlops-test-eta/variant/AllTraffic"
    tracking = policy["targetTrackingScalingPolicyConfiguration"]
    assert tracking["targetValue"] == 700
    assert tracking["predefinedMetricSpecification"] == {
        "predefinedMetricType": "SageMakerVariantInvocationsPerInstance"
    }


def test_the_containers_log_is_encrypted_and_ends():
    assert made().named("eta-endpoint-log").inputs == {
        "name": "/aws/sagemaker/Endpoints/mlops-test-eta",
        "kmsKeyId": "arn:logs-key",
        "retentionInDays": 30,
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"minimum": 3}, "minimum 3 is above maximum 2"),
        ({"rollout": {"strategy": "canary"}}, "minimum 1 is too few for a canary rollout, which needs 2 instances"),
        ({"instance_type": "m5.large"}, "instance_type"),
        ({"version": 0}, "version"),
        ({"capture_percent": 0}, "capture_percent"),
        ({"shadow": True}, "shadow"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_registered(wrong, said):
    with pytest.raises(ValidationError, match=said):
        args(**wrong)
