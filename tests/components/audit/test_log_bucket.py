import pytest

from components.audit.log_bucket import LogBucket, LogBucketArgs


@pytest.fixture
def made(record, place):
    return record(lambda: LogBucket("logs", LogBucketArgs(placement=place, retention_days=90)))


def test_it_has_the_only_encryption_under_which_s3_delivers_access_logs(made):
    (rule,) = made.named("logs-encryption")["rules"]

    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    assert made.names("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration") == []


def test_access_logs_come_from_the_estates_buckets_only(made):
    statement = made.statements("logs-policy")["AccessLogs"]

    assert statement["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::mlops-test-*"},
    }


def test_configuration_history_comes_from_this_account_only(made):
    statement = made.statements("logs-policy")["ConfigWrites"]

    assert statement["Resource"].endswith("/config/AWSLogs/123456789012/Config/*")
    assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == "123456789012"


def test_logs_expire(made):
    (rule,) = made.named("logs-lifecycle")["rules"]

    assert rule["expiration"] == {"days": 90}


def test_whoever_writes_to_it_waits_for_the_policy_that_allows_it(record, place):
    from pulumi_aws import s3

    def program():
        logs = LogBucket("logs", LogBucketArgs(placement=place, retention_days=90))
        s3.BucketLogging("source", bucket="source", target_bucket=logs.bucket, target_prefix="x/")

    dependencies = record(program).goal("source").property_dependencies["targetBucket"]
    assert any(urn.endswith("::logs-policy") for urn in dependencies)
