"""Serverless, asynchronous and multi-model endpoints: what differs from an endpoint that answers in real time."""

from tests.components.endpoint.eta import ARCHIVES, configuration, made, named


def test_a_serverless_endpoint_is_in_no_network_and_captures_nothing():
    result = made({"mode": "serverless", "memory_mb": 4096, "max_concurrency": 20})
    inputs, model = configuration(result), result.named("eta-endpoint-model-v3").inputs

    assert inputs["productionVariants"][0]["serverlessConfig"] == {"memorySizeInMb": 4096, "maxConcurrency": 20}
    assert not {"instanceType", "initialInstanceCount"} & inputs["productionVariants"][0].keys()
    assert not {"kmsKeyArn", "dataCaptureConfig"} & inputs.keys()
    assert model["enableNetworkIsolation"] is False
    assert "vpcConfig" not in model
    assert named(result, "aws:appautoscaling/target:Target") == {}


def test_warm_workers_follow_their_use():
    warm = {"max_concurrency": 20, "provisioned_concurrency": 2, "provisioned_maximum": 8}
    result = made({"mode": "serverless", **warm})
    target = result.named("eta-endpoint-capacity").inputs
    tracking = result.named("eta-endpoint-scaling").inputs["targetTrackingScalingPolicyConfiguration"]

    assert configuration(result)["productionVariants"][0]["serverlessConfig"]["provisionedConcurrency"] == 2
    assert (target["scalableDimension"], target["minCapacity"], target["maxCapacity"]) == (
        "sagemaker:variant:DesiredProvisionedConcurrency",
        2,
        8,
    )
    assert tracking["predefinedMetricSpecification"] == {
        "predefinedMetricType": "SageMakerVariantProvisionedConcurrencyUtilization"
    }
    assert tracking["targetValue"] == 0.7


def test_an_asynchronous_endpoint_leaves_answers_encrypted_and_tells_a_topic():
    result = made({"mode": "asynchronous", "requests_per_instance": 4})
    inputs = configuration(result)

    assert inputs["asyncInferenceConfig"]["outputConfig"] == {
        "s3OutputPath": "s3://curated/eta/async/answers",
        "s3FailurePath": "s3://curated/eta/async/failures",
        "kmsKeyId": "arn:data-key",
        "notificationConfig": dict.fromkeys(
            ("successTopic", "errorTopic"), result.made("eta-answers-topic").outputs["arn"]
        ),
    }
    assert inputs["asyncInferenceConfig"]["clientConfig"] == {"maxConcurrentInvocationsPerInstance": 4}
    assert inputs["productionVariants"][0]["initialInstanceCount"] == 1
    assert result.named("eta-answers-policy").urn in result.named("eta-endpoint-endpoint").dependencies


def test_no_instance_runs_without_a_backlog_and_the_first_request_starts_one():
    result = made({"mode": "asynchronous", "autoscaling": {"maximum": 3, "backlog_per_instance": 7}})
    target = result.named("eta-endpoint-capacity").inputs
    tracking = result.named("eta-endpoint-scaling").inputs["targetTrackingScalingPolicyConfiguration"]
    waking, alarm = (result.named(f"eta-endpoint-{name}") for name in ("waking", "waking-alarm"))

    assert (target["minCapacity"], target["maxCapacity"]) == (0, 3)
    assert tracking["targetValue"] == 7
    assert tracking["customizedMetricSpecification"] == {
        "metricName": "ApproximateBacklogSizePerInstance",
        "namespace": "AWS/SageMaker",
        "dimensions": [{"name": "EndpointName", "value": "mlops-test-eta"}],
        "statistic": "Average",
    }
    assert waking.inputs["policyType"] == "StepScaling"
    assert waking.inputs["stepScalingPolicyConfiguration"]["stepAdjustments"] == [
        {"metricIntervalLowerBound": "0", "scalingAdjustment": 1}
    ]
    assert (alarm.inputs["metricName"], alarm.inputs["threshold"]) == ("HasBacklogWithoutCapacity", 1)
    assert waking.urn in alarm.dependencies


def test_a_request_that_waits_too_long_is_noticed():
    alarm = made({"mode": "asynchronous", "oldest_minutes": 5}).named("eta-endpoint-alarms-dead-letters").inputs

    assert (alarm["metricName"], alarm["threshold"]) == ("ApproximateAgeOfOldestRequest", 300)
    assert alarm["dimensions"] == {"EndpointName": "mlops-test-eta"}


def test_a_multi_model_endpoint_loads_what_lies_under_its_prefix():
    result = made({"mode": "multi-model", "cache": False}, archives=ARCHIVES)

    assert result.named("eta-endpoint-model").inputs["primaryContainer"] == {
        "image": "serving:1",
        "mode": "MultiModel",
        "modelDataUrl": "s3://models/eta/served/",
        "environment": {"ESTATE_WORKLOAD": "eta"},
        "multiModelConfig": {"modelCacheSetting": "Disabled"},
    }
    assert configuration(result)["name"].startswith("mlops-test-eta-all-")
