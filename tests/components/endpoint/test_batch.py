import json

import pytest

from components.endpoint.batch import ScheduledTransform, ScheduledTransformArgs
from components.endpoint.results import AsyncResults, AsyncResultsArgs

PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/mlops-test-eta/3"


@pytest.fixture
def transform(record, place):
    def make(**batch):
        args = ScheduledTransformArgs.model_validate(
            {
                "placement": place,
                "subject": "eta-nightly",
                "schedule_name": "mlops-test-eta-nightly-transform",
                "release": {"version": 3, "package_arn": PACKAGE},
                "runtime": {"role_arn": "arn:role", "subnet_ids": {"a": "subnet-a"}, "security_group_id": "sg"},
                "batch": {"mode": "batch", "schedule": "cron(0 2 * * ? *)", **batch},
                "input_uri": "s3://raw/eta/nightly/files/",
                "output_uri": "s3://curated/eta/nightly/answers",
                "capture_uri": "s3://raw/eta/nightly/capture",
                "input_arn": "arn:aws:s3:::raw",
                "output_arn": "arn:aws:s3:::curated",
                "prefix": "eta/nightly",
                "data_key_arn": "arn:data-key",
                "volume_key_arn": "arn:models-key",
                "model_role_name": "models",
                "scheduler_role_arn": "arn:scheduler",
                "scheduler_role_name": "scheduler",
            }
        )
        return record(lambda: ScheduledTransform("eta-nightly-transform", args))

    return make


def test_a_schedule_creates_a_job_of_the_released_model(transform):
    result = transform(instances=2, timeout_seconds=60)
    schedule = result.named("eta-nightly-transform-schedule")
    model = result.named("eta-nightly-transform-model-v3")

    assert schedule["scheduleExpression"] == "cron(0 2 * * ? *)"
    assert schedule["target"]["arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:createTransformJob"
    assert model["primaryContainer"] == {"modelPackageName": PACKAGE}
    assert json.loads(schedule["target"]["input"]) == {
        "TransformJobName": "mlops-test-eta-nightly-<aws.scheduler.execution-id>",
        "ModelName": model["name"],
        "MaxConcurrentTransforms": 1,
        "MaxPayloadInMB": 6,
        "BatchStrategy": "SingleRecord",
        "ModelClientConfig": {"InvocationsTimeoutInSeconds": 60, "InvocationsMaxRetries": 3},
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://raw/eta/nightly/files/"}},
            "ContentType": "text/csv",
        },
        "TransformOutput": {
            "S3OutputPath": "s3://curated/eta/nightly/answers",
            "Accept": "application/json",
            "KmsKeyId": "arn:data-key",
        },
        "TransformResources": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 2,
            "VolumeKmsKeyId": "arn:models-key",
        },
        "DataCaptureConfig": {
            "DestinationS3Uri": "s3://raw/eta/nightly/capture",
            "KmsKeyId": "arn:data-key",
            "GenerateInferenceId": True,
        },
    }


def test_the_schedule_starts_its_own_jobs_only_and_not_before_it_may(transform):
    result = transform()
    start = result.statements("eta-nightly-transform-start")["StartTransformJobs"]

    assert start["Resource"] == "arn:aws:sagemaker:eu-west-1:123456789012:transform-job/mlops-test-eta-nightly-*"
    allowed = {result.goal(f"eta-nightly-transform-{name}").urn for name in ("start", "files")}
    assert allowed <= set(result.goal("eta-nightly-transform-schedule").dependencies)


def test_the_model_reads_its_files_and_leaves_its_answers(transform):
    statements = transform().statements("eta-nightly-transform-files")

    assert statements["ReadFiles"]["Resource"] == "arn:aws:s3:::raw/eta/nightly/*"
    assert statements["LeaveAnswers"]["Resource"] == "arn:aws:s3:::curated/eta/nightly/*"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"schedule": "daily"}, "schedule"),
        ({"instance_type": "ml.g5.xlarge"}, "ml.g5.xlarge has local storage"),
        ({"content_type": "application/json", "max_payload_mb": 40}, "max_payload_mb 40 is too large"),
    ],
)
def test_a_job_that_cannot_run_is_refused(transform, wrong, said):
    with pytest.raises(ValueError, match=said):
        transform(**wrong)


def test_answers_are_left_by_the_model_and_told_of_encrypted(record, place):
    args = AsyncResultsArgs(
        placement=place,
        subject="eta-bulk",
        bucket_arn="arn:aws:s3:::curated",
        prefix="eta/bulk",
        answers_uri="s3://curated/eta/bulk/answers",
        failures_uri="s3://curated/eta/bulk/failures",
        data_key_arn="arn:data-key",
        message_key_arn="arn:logs-key",
        role_name="models",
    )
    result = record(lambda: AsyncResults("eta-bulk-answers", args))
    statements = result.statements("eta-bulk-answers-policy")

    assert result.named("eta-bulk-answers-topic")["kmsMasterKeyId"] == "arn:logs-key"
    assert statements["ReadRequestsLeaveAnswers"]["Resource"] == "arn:aws:s3:::curated/eta/bulk/*"
    assert statements["Tell"]["Resource"] == result.made("eta-bulk-answers-topic").outputs["arn"]
