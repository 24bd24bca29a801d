import json

import pytest

from tests.stacks.conftest import run_estate


@pytest.fixture(scope="module")
def made():
    return run_estate()


def statements(goal):
    return json.loads(goal.inputs["policy"])["Statement"]


def test_the_lake_has_a_bucket_for_each_zone_named_with_account_and_region(made):
    assert {
        made.named(f"lake-{zone}-bucket").inputs["bucket"] for zone in ("raw", "curated", "features", "models")
    } == {
        "mlops-test-raw-123456789012-eu-west-1",
        "mlops-test-curated-123456789012-eu-west-1",
        "mlops-test-features-123456789012-eu-west-1",
        "mlops-test-models-123456789012-eu-west-1",
    }


@pytest.mark.parametrize(
    ("zone", "key"), [("raw", "data"), ("curated", "data"), ("features", "data"), ("models", "models")]
)
def test_each_zone_is_encrypted_with_the_key_of_its_domain(made, zone, key):
    (rule,) = made.named(f"lake-{zone}-encryption").inputs["rules"]
    assert (
        rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == made.result.made(f"keys-{key}").outputs["arn"]
    )


def test_access_to_every_lake_bucket_is_logged(made):
    logged = {
        goal.inputs["targetPrefix"]: goal.inputs["targetBucket"]
        for goal in made.of_type("aws:s3/bucketLogging:BucketLogging")
    }

    assert logged == dict.fromkeys(
        ("audit/", "lake-raw/", "lake-curated/", "lake-features/", "lake-models/"),
        "mlops-test-logs-123456789012-eu-west-1",
    )


def test_jobs_work_on_the_whole_lake(made):
    for zone in ("raw", "curated", "features", "models"):
        policy = made.named(f"lake-{zone}-use-jobs")
        assert policy.inputs["role"] == "mlops-test-jobs"
        assert {"s3:GetObject", "s3:PutObject"} <= set(statements(policy)[1]["Action"])


def test_a_hosted_model_reads_artifacts_and_leaves_traffic_and_nothing_else_of_the_lake(made):
    granted = sorted(
        goal.name
        for goal in made.of_type("aws:iam/rolePolicy:RolePolicy")
        if goal.name.startswith("lake-") and goal.inputs["role"] == "mlops-test-models"
    )
    assert granted == ["lake-models-read-models", "lake-raw-write-models"]
    assert statements(made.named("lake-raw-write-models"))[1]["Resource"].endswith("/*/capture/*")


def test_tables_lie_where_the_pipelines_write(made):
    where = {
        goal.inputs["name"]: goal.inputs["storageDescriptor"]["location"]
        for goal in made.of_type("aws:glue/catalogTable:CatalogTable")
    }
    curated, features = "mlops-test-curated-123456789012-eu-west-1", "mlops-test-features-123456789012-eu-west-1"
    assert where["ride_fare_raw"] == "s3://mlops-test-raw-123456789012-eu-west-1/ride-fare/rows"
    assert where["ride_fare_curated"] == f"s3://{curated}/ride-fare/rows"
    assert where["ride_fare_quarantine"].startswith(f"s3://{curated}/ride-fare/quarantine")
    assert where["ride_risk_features"] == f"s3://{features}/ride-risk/rows"


def test_every_model_has_a_feature_group(made):
    assert list(made.outputs["data"].feature_groups) == ["ride-fare", "ride-risk"]
    assert made.named("features-ride-fare-group").inputs["featureGroupName"] == "mlops-test-ride-fare"


def test_inline_policies_of_the_jobs_role_leave_room(made):
    used = sum(
        len(goal.inputs["policy"])
        for goal in made.of_type("aws:iam/rolePolicy:RolePolicy")
        if goal.inputs["role"] == "mlops-test-jobs"
    )

    assert used < 10_240  # AWS's limit for all inline policies of a role


def test_none_of_what_is_off_by_default_is_there(made):
    kinds = {goal.type.split(":")[1].split("/")[0] for goal in made.result.goals if goal.type.startswith("aws:")}

    assert kinds & {"lakeformation", "msk", "emrserverless", "cognito"} == set()
