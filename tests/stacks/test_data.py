import json

import pytest


def statements(goal):
    return json.loads(goal.inputs["policy"])["Statement"]


def test_the_lake_has_a_bucket_for_each_zone_named_with_account_and_region(estate):
    made = estate()

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
def test_each_zone_is_encrypted_with_the_key_of_its_domain(estate, zone, key):
    made = estate()

    (rule,) = made.named(f"lake-{zone}-encryption").inputs["rules"]
    assert (
        rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == made.result.made(f"keys-{key}").outputs["arn"]
    )


def test_access_to_every_lake_bucket_is_logged(estate):
    logged = {
        goal.inputs["targetPrefix"]: goal.inputs["targetBucket"]
        for goal in estate().of_type("aws:s3/bucketLogging:BucketLogging")
    }

    assert logged == dict.fromkeys(
        ("audit/", "lake-raw/", "lake-curated/", "lake-features/", "lake-models/"),
        "mlops-test-logs-123456789012-eu-west-1",
    )


def test_jobs_work_on_the_whole_lake(estate):
    made = estate()

    for zone in ("raw", "curated", "features", "models"):
        policy = made.named(f"lake-{zone}-use-jobs")
        assert policy.inputs["role"] == "mlops-test-jobs"
        assert {"s3:GetObject", "s3:PutObject"} <= set(statements(policy)[1]["Action"])


def test_a_hosted_model_reads_artifacts_and_leaves_traffic_and_nothing_else_of_the_lake(estate):
    made = estate()

    granted = sorted(
        goal.name
        for goal in made.of_type("aws:iam/rolePolicy:RolePolicy")
        if goal.name.startswith("lake-") and goal.inputs["role"] == "mlops-test-models"
    )
    assert granted == ["lake-models-read-models", "lake-raw-write-models"]
    assert statements(made.named("lake-raw-write-models"))[1]["Resource"].endswith("/*/capture/*")


def test_tables_lie_where_the_pipelines_write(estate):
    made = estate()

    where = {
        goal.inputs["name"]: goal.inputs["storageDescriptor"]["location"]
        for goal in made.of_type("aws:glue/catalogTable:CatalogTable")
    }
    curated, features = "mlops-test-curated-123456789012-eu-west-1", "mlops-test-features-123456789012-eu-west-1"
    assert where["ride_fare_raw"] == "s3://mlops-test-raw-123456789012-eu-west-1/ride-fare/rows"
    assert where["ride_fare_curated"] == f"s3://{curated}/ride-fare/rows"
    assert where["ride_fare_quarantine"].startswith(f"s3://{curated}/ride-fare/quarantine")
    assert where["ride_risk_features"] == f"s3://{features}/ride-risk/rows"


def test_every_model_has_a_feature_group(estate):
    made = estate()

    assert list(made.outputs["data"].feature_groups) == ["ride-fare", "ride-risk"]
    assert made.named("features-ride-fare-group").inputs["featureGroupName"] == "mlops-test-ride-fare"


def test_the_settings_say_how_long_old_versions_stay_and_how_much_a_query_scans(estate):
    made = estate(data={"noncurrent_days": 7, "query_scan_limit_gb": 3})

    (rule,) = made.named("lake-models-lifecycle").inputs["rules"]
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 7}
    assert made.named("queries-workgroup").inputs["configuration"]["bytesScannedCutoffPerQuery"] == 3 * 1024**3


def test_inline_policies_of_the_jobs_role_leave_room(estate):
    used = sum(
        len(goal.inputs["policy"])
        for goal in estate().of_type("aws:iam/rolePolicy:RolePolicy")
        if goal.inputs["role"] == "mlops-test-jobs"
    )

    assert used < 10_240  # AWS's limit for all inline policies of a role


GITHUB = {"network": {"cidr": "10.9.0.0/16"}, "github": {"repository": "example/estate"}}
GRANT = "aws:lakeformation/permissions:Permissions"


def test_none_of_what_is_off_by_default_is_there(estate):
    kinds = {goal.type.split(":")[1].split("/")[0] for goal in estate().result.goals if goal.type.startswith("aws:")}

    assert kinds & {"lakeformation", "msk", "emrserverless", "cognito"} == set()


def test_results_of_queries_expire(estate):
    rules = {rule["id"]: rule for rule in estate().named("lake-curated-lifecycle").inputs["rules"]}

    assert (rules["expire-queries"]["filter"], rules["expire-queries"]["expiration"]) == (
        {"prefix": "queries/"},
        {"days": 30},
    )


def test_a_zone_may_differ(estate):
    made = estate(data={"noncurrent_days": 7, "zones": {"raw": {"noncurrent_days": 3, "retention_days": 90}}})

    rules = {rule["id"]: rule for rule in made.named("lake-raw-lifecycle").inputs["rules"]}
    assert rules["expire-old-versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 3}
    assert rules["expire-all"]["expiration"] == {"days": 90}
    (other,) = made.named("lake-features-lifecycle").inputs["rules"]
    assert other["noncurrentVersionExpiration"] == {"noncurrentDays": 7}


def test_the_lake_is_governed_before_anything_is_made_in_its_catalog(estate):
    made = estate(foundation=GITHUB, data={"lake_formation": {}})

    waited = " ".join(made.named("catalog-database").dependencies)
    assert "lake-governance-settings" in waited
    assert "lake-governance-curated-ci" in waited
    ci = made.result.made("delivery-role").outputs["arn"]
    assert made.named("lake-governance-settings").inputs["admins"] == [ci]


def test_jobs_read_personal_data_and_a_reader_does_not(estate):
    reader = "arn:aws:iam::123456789012:role/analytics"
    made = estate(foundation=GITHUB, data={"lake_formation": {"readers": {"analytics": reader}}})

    def values(name):
        return made.named(name).inputs["lfTagPolicy"]["expressions"][0]["values"]

    assert values("lake-grant-jobs-tables") == ["no", "yes"]
    assert values("lake-grant-analytics-tables") == ["no"]
    assert made.named("lake-grant-analytics-tables").inputs["principal"] == reader


def test_persons_who_work_with_rows_see_no_personal_data_and_an_auditor_nothing(estate):
    persons = {person: {"permission_sets": ["Ml"]} for person in ("data_scientist", "auditor")}
    made = estate(foundation={**GITHUB, "persons": persons}, data={"lake_formation": {}})

    granted = {goal.name for goal in made.of_type(GRANT) if goal.name.endswith("-tables")}
    assert granted == {"lake-grant-data-scientist-tables", "lake-grant-jobs-tables"}


def test_every_model_has_a_history_that_is_filled_and_tended(estate):
    made = estate(foundation=GITHUB, data={"history": {}, "lake_formation": {}})

    bucket = "mlops-test-curated-123456789012-eu-west-1"
    table = made.named("history-ride-fare").inputs
    assert table["storageDescriptor"]["location"] == f"s3://{bucket}/ride-fare/history"
    assert "history-refresh-ride-risk" in made.names
    assert any(
        urn.endswith("::lake-grant-tending-tables") for urn in made.named("history-ride-fare-retention").dependencies
    )


def test_rows_stream_into_the_table_of_their_model(estate):
    made = estate(data={"streams": {"ride-fare": {"source": "kinesis"}}})

    firehose = made.named("ride-fare-delivery-firehose").inputs["extendedS3Configuration"]
    schema = firehose["dataFormatConversionConfiguration"]["schemaConfiguration"]
    assert (schema["databaseName"], schema["tableName"]) == ("mlops_test_lake", "ride_fare_raw")
    assert firehose["prefix"].startswith("ride-fare/rows/")
    rules = {rule["id"] for rule in made.named("lake-raw-lifecycle").inputs["rules"]}
    assert "expire-ride-fare-undelivered" in rules
    assert list(made.outputs["data"].row_streams) == ["ride-fare"]


def test_topics_stand_in_the_cluster_with_a_copy_in_each_zone(estate):
    kafka = {"kind": "provisioned", "brokers_per_zone": 2}
    made = estate(data={"kafka": kafka, "streams": {"ride-risk": {"source": "msk"}}})

    assert made.named("ride-risk-rows-topic").inputs["replicationFactor"] == 2
    assert made.named("kafka-cluster").inputs["numberOfBrokerNodes"] == 4
    assert list(made.outputs["data"].kafka) == ["cluster"]


def test_people_label_what_the_settings_name(estate):
    task = {"title": "Second reading", "instructions": "Say what it was."}
    columns = {"columns": ["asked_at"]}  # the small workload has no other that may be shown
    made = estate(data={"labelling": {"tasks": {"ride-fare": {**task, **columns}}}})

    assert list(made.outputs["data"].labelling) == ["ride-fare"]
    assert "task.input.row.asked_at" in made.named("ride-fare-labelling-screen").inputs["uiTemplate"]["content"]


def test_spark_is_as_large_as_the_settings_say(estate):
    made = estate(data={"spark": {"max_vcpu": 8, "max_memory_gb": 32}})

    capacity = made.named("spark-application").inputs["maximumCapacity"]
    assert (capacity["cpu"], capacity["memory"]) == ("8 vCPU", "32 GB")
    assert list(made.outputs["data"].spark) == ["application", "role"]
