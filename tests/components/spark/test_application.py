import pytest

from components.spark.application import Capacity, SparkApplication, SparkApplicationArgs

APPLICATION = "aws:emrserverless/application:Application"
LOG_KEY = "arn:aws:kms:eu-west-1:123456789012:key/2"


@pytest.fixture
def made(record, place):
    args = SparkApplicationArgs(
        placement=place,
        release="emr-7.9.0",
        capacity=Capacity(vcpu=64, memory_gb=256, disk_gb=500),
        idle_minutes=15,
        subnet_ids={"a": "subnet-a", "b": "subnet-b"},
        security_group_id="sg-jobs",
        bucket_arns={"raw": "arn:aws:s3:::raw", "curated": "arn:aws:s3:::curated"},
        key_arns=["arn:aws:kms:eu-west-1:123456789012:key/1"],
        database="lake",
        permission_boundary_arn="arn:aws:iam::123456789012:policy/boundary",
        log_key_arn=LOG_KEY,
        log_retention_days=14,
    )
    return record(lambda: SparkApplication("spark", args))


def test_it_stands_in_the_network_stops_when_idle_and_has_a_bound(made):
    application = made.inputs(APPLICATION)

    assert application["networkConfiguration"] == {
        "subnetIds": ["subnet-a", "subnet-b"],
        "securityGroupIds": ["sg-jobs"],
    }
    assert application["autoStopConfiguration"] == {"enabled": True, "idleTimeoutMinutes": 15}
    assert application["maximumCapacity"] == {"cpu": "64 vCPU", "memory": "256 GB", "disk": "500 GB"}
    assert (application["architecture"], "imageConfiguration" in application) == ("ARM64", False)


def test_its_log_is_kept_encrypted_and_nothing_is_kept_elsewhere(made):
    monitoring = made.inputs(APPLICATION)["monitoringConfiguration"]

    assert monitoring["cloudwatchLoggingConfiguration"] == {
        "enabled": True,
        "logGroupName": "/aws/emr-serverless/mlops-test-spark",
        "logStreamNamePrefix": "jobs",
        "encryptionKeyArn": LOG_KEY,
    }
    assert monitoring["managedPersistenceMonitoringConfiguration"] == {"enabled": False}
    assert made.named("spark-log")["kmsKeyId"] == LOG_KEY


def test_it_reads_and_writes_the_catalogs_tables_and_iceberg_among_them(made):
    (defaults,) = made.inputs(APPLICATION)["runtimeConfigurations"]

    assert defaults["properties"]["spark.sql.catalog.spark_catalog.catalog-impl"] == (
        "org.apache.iceberg.aws.glue.GlueCatalog"
    )


def test_a_job_works_on_the_lake_and_on_nothing_else(made):
    (trusted,) = made.statements("spark-jobs", "assumeRolePolicy").values()
    assert trusted["Condition"]["ArnLike"] == {
        "aws:SourceArn": "arn:aws:emr-serverless:eu-west-1:123456789012:/applications/*"
    }
    statements = made.statements("spark-jobs-policy")
    assert statements["UseObjects"]["Resource"] == ["arn:aws:s3:::raw/*", "arn:aws:s3:::curated/*"]
    assert statements["UseTables"]["Resource"][-1] == "arn:aws:glue:eu-west-1:123456789012:table/lake/*"
    assert [sid for sid, each in statements.items() if each["Resource"] == "*"] == ["AskLakeFormation"]
