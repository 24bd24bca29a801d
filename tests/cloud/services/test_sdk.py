"""The SageMaker Python SDK, unmodified, against the emulated AWS."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.cloud.services.harness import Ground
from tests.cloud.services.job_kit import training
from tests.cloud.services.pipeline_kit import ended

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK's own imports warn of each other
pytest.importorskip("sagemaker.core", reason="the SageMaker SDK is in the extra `definitions`")


@pytest.fixture(scope="module")
def session(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An SDK session; the SDK's own telemetry is off."""
    config = tmp_path_factory.mktemp("sdk") / "config.yaml"
    config.write_text("SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules:\n      TelemetryOptOut: true\n")
    given = {**ground.cloud.environment(), "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(config)}
    given["SAGEMAKER_USER_CONFIG_OVERRIDE"] = str(config)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        from sagemaker.core.helper.session_helper import Session

        yield Session(boto3.Session(), default_bucket=ground.bucket)


def test_a_training_job_is_created_waited_for_and_read(ground: Ground, session: Any) -> None:
    from sagemaker.core.resources import TrainingJob
    from sagemaker.core.shapes import (
        AlgorithmSpecification,
        MetricDefinition,
        OutputDataConfig,
        ResourceConfig,
        StoppingCondition,
    )

    request = training(ground, "print('loss=0.125')")
    specification = request["AlgorithmSpecification"]
    job = TrainingJob.create(
        training_job_name=request["TrainingJobName"],
        algorithm_specification=AlgorithmSpecification(
            training_image=ground.image,
            training_input_mode="File",
            container_entrypoint=specification["ContainerEntrypoint"],
            metric_definitions=[MetricDefinition(name="loss", regex="loss=([0-9.]+)")],
        ),
        role_arn=ground.role,
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{ground.bucket}/models"),
        resource_config=ResourceConfig(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=1),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=60),
        session=session.boto_session,
        region=ground.cloud.region,
    )
    job.wait(poll=1)
    job.refresh()
    assert (job.training_job_status, job.secondary_status) == ("Completed", "Completed")
    assert [(item.metric_name, item.value) for item in job.final_metric_data_list] == [("loss", 0.125)]


def test_a_pipeline_of_the_sdk_runs(ground: Ground, session: Any) -> None:
    from sagemaker.core.workflow.conditions import ConditionGreaterThan
    from sagemaker.core.workflow.functions import Join
    from sagemaker.core.workflow.parameters import ParameterFloat
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.pipeline import Pipeline

    score = ParameterFloat(name="Score", default_value=0.5)
    low = FailStep(name="Low", error_message=Join(on=" ", values=["score", score]))
    high = FailStep(name="High", error_message="high")
    gate = ConditionStep(name="Gate", conditions=[ConditionGreaterThan(score, 0.7)], if_steps=[high], else_steps=[low])
    pipeline = Pipeline(name="sdk", parameters=[score], steps=[gate], sagemaker_session=session)
    pipeline.upsert(role_arn=ground.role)
    execution = pipeline.start(parameters={"Score": 0.25})
    status, steps = ended(ground, execution.arn)
    assert status == "Failed"
    assert {step["StepName"]: step["StepStatus"] for step in execution.list_steps()} == {
        "Gate": "Succeeded",
        "Low": "Failed",
    }
    assert steps["Low"]["FailureReason"] == "score 0.25"
