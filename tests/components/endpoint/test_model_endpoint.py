import pytest
from pydantic import ValidationError

from tests.components.endpoint.eta import (
    ALARM,
    CONFIGURATION,
    GROUP,
    MODEL,
    RUNTIME,
    SLOT,
    SUBNETS,
    args,
    configuration,
    made,
    named,
    release,
)


def test_the_model_is_the_released_package_alone_in_the_private_network():
    inputs = made().named("eta-endpoint-model-v3").inputs

    assert inputs["name"].startswith("mlops-test-eta-v3-")
    assert {**inputs, "name": ""} == {
        "name": "",
        "executionRoleArn": "arn:role",
        "primaryContainer": {"modelPackageName": f"{GROUP}/3"},
        "enableNetworkIsolation": True,
        "vpcConfig": {"subnets": ["subnet-a", "subnet-b"], "securityGroupIds": ["sg"]},
    }


def test_the_configuration_encrypts_and_captures():
    result = made({"capture_percent": 20, "autoscaling": {"minimum": 2}})
    inputs = configuration(result)

    assert inputs["kmsKeyArn"] == "arn:models-key"
    assert inputs["productionVariants"] == [
        {
            "variantName": "AllTraffic",
            "modelName": result.named("eta-endpoint-model-v3").inputs["name"],
            "instanceType": "ml.m5.large",
            "initialInstanceCount": 2,
            "initialVariantWeight": 100,
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


@pytest.mark.parametrize("instance_type", ["ml.g5.xlarge", "ml.m6gd.large"])
def test_a_disk_that_encrypts_itself_gets_no_key(instance_type):
    assert "kmsKeyArn" not in configuration(made({"instance_type": instance_type}))


@pytest.mark.parametrize(
    ("serving", "changes"),
    [
        ({}, {"version": 4}),
        ({"instance_type": "ml.m5.xlarge"}, {}),
        ({"autoscaling": {"minimum": 2}}, {}),
        ({"capture_percent": 50}, {}),
        ({}, {"key_arn": "arn:other-key"}),
        ({}, {"capture": {"uri": "s3://raw/elsewhere", "key_arn": "arn:data-key"}}),
        ({}, {"runtime": {**RUNTIME, "subnet_ids": {**SUBNETS, "c": "subnet-c"}}}),
        ({}, {"shadow": {"release": release(4)}}),
    ],
)
def test_a_changed_configuration_has_another_name_as_the_old_one_still_serves(serving, changes):
    assert configuration(made(serving, **changes))["name"] != configuration(made())["name"]


def test_what_needs_no_new_configuration_makes_none():
    others = {"latency_ms": 900, "error_percent": 5, "rollout": {"bake_seconds": 9}, "autoscaling": {"maximum": 9}}

    assert configuration(made(others)) == configuration(made())
    assert made(others).goals[0].urn == made().goals[0].urn


def test_a_third_zone_makes_the_model_anew_beside_the_old_one():
    wider = {**RUNTIME, "subnet_ids": {**SUBNETS, "c": "subnet-c"}}
    names = {run.named("eta-endpoint-model-v3").inputs["name"] for run in (made(), made(runtime=wider))}

    assert len(names) == 2


def test_a_release_leaves_the_resources_of_the_one_before_to_themselves():
    def releases(version: int) -> set[str]:
        result = made(version=version)
        return {item.name for item in result.goals if item.type in (MODEL, CONFIGURATION)}

    assert len(releases(3)) == 2
    assert releases(3).isdisjoint(releases(4))


def test_the_endpoint_keeps_its_name_and_rolls_back_on_its_own_alarms():
    result = made({"rollout": {"strategy": "canary", "step_percent": 10}, "autoscaling": {"minimum": 2}})
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
    result = made({"latency_ms": 250, "error_percent": 2})
    errors = result.named("eta-endpoint-alarms-errors").inputs
    latency = result.named("eta-endpoint-alarms-latency").inputs

    assert (errors["metricName"], errors["statistic"], errors["threshold"]) == ("Invocation5XXErrors", "Average", 0.02)
    assert (latency["metricName"], latency["extendedStatistic"], latency["threshold"]) == (
        "ModelLatency",
        "p99",
        250_000,
    )
    assert latency["dimensions"] == {"EndpointName": "mlops-test-eta", "VariantName": "AllTraffic"}
    assert {errors["treatMissingData"], latency["treatMissingData"]} == {"notBreaching"}


def test_instances_follow_the_load_between_the_bounds():
    result = made({"autoscaling": {"minimum": 2, "maximum": 6, "invocations_per_instance": 700}})
    target = result.named("eta-endpoint-capacity").inputs
    policy = result.named("eta-endpoint-scaling").inputs

    assert (target["minCapacity"], target["maxCapacity"]) == (2, 6)
    assert target["resourceId"] == policy["resourceId"] == "endpoint/mlops-test-eta/variant/AllTraffic"
    tracking = policy["targetTrackingScalingPolicyConfiguration"]
    assert tracking["targetValue"] == 700
    assert tracking["predefinedMetricSpecification"] == {
        "predefinedMetricType": "SageMakerVariantInvocationsPerInstance"
    }


def test_bounds_change_at_set_times():
    plan = {"night": {"at": "cron(0 22 * * ? *)", "minimum": 1, "maximum": 2}}
    inputs = made({"autoscaling": {"planned": plan}}).named("eta-endpoint-planned-night").inputs

    assert inputs["name"] == "mlops-test-eta-planned-night"
    assert (inputs["schedule"], inputs["timezone"]) == ("cron(0 22 * * ? *)", "UTC")
    assert inputs["scalableTargetAction"] == {"minCapacity": 1, "maxCapacity": 2}


def test_the_containers_log_is_encrypted_and_ends():
    assert made().named("eta-endpoint-log").inputs == {
        "name": "/aws/sagemaker/Endpoints/mlops-test-eta",
        "kmsKeyId": "arn:logs-key",
        "retentionInDays": 30,
    }


def test_a_challenger_answers_its_share_from_a_model_of_its_own():
    result = made(SLOT, challenger={"release": release(4), "percent": 10})
    variants = configuration(result)["productionVariants"]

    assert [(each["variantName"], each["initialVariantWeight"], each["initialInstanceCount"]) for each in variants] == [
        ("AllTraffic", 90, 2),
        ("Challenger", 10, 2),
    ]
    assert [each["modelName"] for each in variants] == [
        result.named(f"eta-endpoint-model-v{version}").inputs["name"] for version in (3, 4)
    ]


def test_a_slot_without_a_challenger_serves_the_release_and_gets_no_traffic():
    result = made(SLOT)
    variants = configuration(result)["productionVariants"]

    assert [(each["variantName"], each["initialVariantWeight"]) for each in variants] == [
        ("AllTraffic", 100),
        ("Challenger", 0),
    ]
    assert list(named(result, MODEL)) == ["eta-endpoint-model-v3"]


def test_every_variant_that_answers_is_watched_and_scaled():
    result = made(SLOT, challenger={"release": release(4), "percent": 10})
    rollback = result.named("eta-endpoint-endpoint").inputs["deploymentConfig"]["autoRollbackConfiguration"]

    assert [alarm["alarmName"] for alarm in rollback["alarms"]] == [
        "mlops-test-errors-eta",
        "mlops-test-latency-eta",
        "mlops-test-errors-eta-challenger",
        "mlops-test-latency-eta-challenger",
    ]
    watched = result.named("eta-endpoint-alarms-errors-challenger").inputs["dimensions"]
    assert watched == {"EndpointName": "mlops-test-eta", "VariantName": "Challenger"}
    target = result.named("eta-endpoint-challenger-capacity").inputs
    assert (target["resourceId"], target["minCapacity"], target["maxCapacity"]) == (
        "endpoint/mlops-test-eta/variant/Challenger",
        2,
        3,
    )


def test_a_shadow_gets_copies_and_rolls_nothing_back():
    result = made(shadow={"release": release(4), "percent": 25, "instances": 2})

    assert configuration(result)["shadowProductionVariants"] == [
        {
            "variantName": "Shadow",
            "modelName": result.named("eta-endpoint-model-v4").inputs["name"],
            "instanceType": "ml.m5.large",
            "initialInstanceCount": 2,
            "initialVariantWeight": 25,
        }
    ]
    assert len(named(result, ALARM)) == 2


@pytest.mark.parametrize(
    ("serving", "changes", "said"),
    [
        ({"autoscaling": {"minimum": 3}}, {}, "minimum 3 is above maximum 2"),
        (
            {"rollout": {"strategy": "canary"}},
            {},
            "autoscaling.minimum 1 is too few for a canary rollout: .*, so it needs 2",
        ),
        ({"rollout": {"strategy": "rolling"}}, {}, "autoscaling.minimum 1 is too few for a rolling rollout"),
        ({"instance_type": "m5.large"}, {}, "instance_type"),
        ({}, {"version": 0}, "version"),
        ({"capture_percent": 0}, {}, "capture_percent"),
        ({}, {"shadow": True}, "shadow"),
        (
            {"autoscaling": {"planned": {"n": {"at": "rate(1 day)", "minimum": 0, "maximum": 1}}}},
            {},
            "minimum 0 is for",
        ),
        (
            {**SLOT, "rollout": {"strategy": "rolling"}},
            {},
            "a rolling rollout is for a single variant; with challenger_slot use canary or linear",
        ),
        (
            {**SLOT, "challenger_slot": {}, "rollout": {"strategy": "canary"}},
            {},
            "challenger_slot.minimum 1 is too few for a canary rollout",
        ),
        ({}, {"challenger": {"release": release(4), "percent": 5}}, r"a challenger needs endpoint\.challenger_slot"),
        (SLOT, {"shadow": {"release": release(4)}}, "a shadow stands beside a single variant"),
        (
            {"mode": "serverless"},
            {"shadow": {"release": release(4)}},
            "a shadow is for .* real-time, .* not serverless",
        ),
        ({"mode": "serverless", "rollout": {"strategy": "canary"}}, {}, "serverless allows all-at-once only"),
        ({"mode": "serverless", "memory_mb": 1000}, {}, "1024"),
        (
            {"mode": "serverless", "provisioned_concurrency": 9},
            {},
            "provisioned_concurrency 9 is above max_concurrency 5",
        ),
        ({"mode": "serverless", "provisioned_maximum": 2}, {}, "provisioned_maximum needs provisioned_concurrency"),
        (
            {"mode": "serverless", "provisioned_concurrency": 3, "provisioned_maximum": 2},
            {},
            "provisioned_maximum 2 must lie between provisioned_concurrency 3 and max_concurrency 5",
        ),
        ({"mode": "multi-model"}, {}, "mode multi-model needs archives"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_registered(serving, changes, said):
    with pytest.raises(ValidationError, match=said):
        args(serving, **changes)
