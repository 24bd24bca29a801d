"""The list of operations that are answered here, made from what is registered."""

import pytest

from estate.cloud.apis import UNDESCRIBED, Api, lines, listed
from estate.cloud.services.fidelity import EXACT, NOTES


@pytest.fixture(scope="module")
def apis() -> list[Api]:
    return listed()


@pytest.mark.parametrize(
    ("service", "operation", "told"),
    [
        ("sagemaker", "CreateTrainingJob", "SageMaker training jobs"),
        ("sagemaker", "CreateTransformJob", "SageMaker transform jobs"),
        ("sagemaker", "CreateHyperParameterTuningJob", "SageMaker tuning jobs"),
        ("sagemaker", "RetryPipelineExecution", "SageMaker pipelines"),
        ("sagemaker-runtime", "InvokeEndpoint", "SageMaker invocations"),
        ("sagemaker-runtime", "InvokeEndpointAsync", "SageMaker asynchronous inference"),
        ("sagemaker", "UpdateEndpointWeightsAndCapacities", "SageMaker endpoints"),
        ("sagemaker", "CreateModel", "SageMaker models"),
        ("sagemaker", "ListEndpoints", ""),
        ("application-autoscaling", "PutScalingPolicy", "Application Auto Scaling"),
        ("cloudwatch", "PutMetricAlarm", "CloudWatch alarms"),
        ("sagemaker-featurestore-runtime", "BatchGetRecord", "SageMaker feature store"),
        ("eks", "AssociateAccessPolicy", "EKS"),
        ("lambda", "Invoke", "Lambda"),
    ],
)
def test_what_is_answered_is_listed_with_what_it_lacks(
    apis: list[Api], service: str, operation: str, told: str
) -> None:
    assert Api(service, operation, told) in apis


def test_what_moto_answers_is_not_listed_as_ours(apis: list[Api]) -> None:
    listed_here = {(api.service, api.operation) for api in apis}
    assert ("s3", "PutObject") not in listed_here
    assert ("eks", "CreateFargateProfile") not in listed_here
    assert ("sagemaker", "CreateNotebookInstance") not in listed_here


def test_every_note_that_is_named_is_printed(apis: list[Api]) -> None:
    printed = list(lines())
    named = {api.told for api in apis if api.told} - {UNDESCRIBED}
    assert "SageMaker pipelines" in named
    # What a kept resource does not do is said in the line of the operation itself.
    for name in (each for each in named if each in NOTES or not each.startswith("kept")):
        assert f"{name}: {NOTES[name]}" in printed


def test_serving_is_described_and_nothing_that_is_gone(apis: list[Api]) -> None:
    serving = [api for api in apis if api.service in ("sagemaker", "sagemaker-runtime", "application-autoscaling")]
    assert [api for api in serving if api.told == UNDESCRIBED] == []
    assert {api.operation for api in apis} >= EXACT
