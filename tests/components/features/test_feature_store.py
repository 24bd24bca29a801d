import json

import pytest

from components.features.feature_store import FeatureStore, FeatureStoreArgs

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
BOUNDARY = "arn:aws:iam::123456789012:policy/mlops/test/mlops-test-boundary"


def store(place, workload):
    return FeatureStore(
        "features",
        FeatureStoreArgs(
            placement=place,
            workloads={"ride-fare": workload},
            bucket="lake-features",
            key_arn=KEY,
            permission_boundary_arn=BOUNDARY,
        ),
    )


@pytest.fixture
def group(record, place, workload):
    return record(lambda: store(place, workload)).named("features-ride-fare-group")


def test_a_record_is_key_event_time_and_features_and_never_the_label(group):
    assert group["featureDefinitions"] == [
        {"featureName": "ride_id", "featureType": "String"},
        {"featureName": "asked_at", "featureType": "String"},
        {"featureName": "distance_km", "featureType": "Fractional"},
        {"featureName": "stops", "featureType": "Integral"},
    ]
    assert (group["recordIdentifierFeatureName"], group["eventTimeFeatureName"]) == ("ride_id", "asked_at")


def test_both_stores_are_encrypted(group):
    assert group["onlineStoreConfig"] == {"enableOnlineStore": True, "securityConfig": {"kmsKeyId": KEY}}
    assert group["offlineStoreConfig"]["s3StorageConfig"] == {
        "s3Uri": "s3://lake-features/feature-store/ride-fare",
        "kmsKeyId": KEY,
    }


def test_no_glue_table_is_left_behind_by_sagemaker(group):
    assert group["offlineStoreConfig"]["disableGlueTableCreation"] is True


def test_the_groups_role_writes_its_own_prefix_only(record, place, workload):
    made = record(lambda: store(place, workload))

    assert made.named("features-ride-fare-role")["permissionsBoundary"] == BOUNDARY
    objects = made.statements("features-ride-fare-store")["1"]
    assert objects["Resource"] == "arn:aws:s3:::lake-features/feature-store/ride-fare/*"


@pytest.mark.parametrize(
    ("grant", "policy", "actions"),
    [
        (
            "grant_read",
            "features-read-models",
            ["sagemaker:BatchGetRecord", "sagemaker:DescribeFeatureGroup", "sagemaker:GetRecord"],
        ),
        (
            "grant_read_write",
            "features-use-models",
            [
                "sagemaker:BatchGetRecord",
                "sagemaker:DeleteRecord",
                "sagemaker:DescribeFeatureGroup",
                "sagemaker:GetRecord",
                "sagemaker:PutRecord",
            ],
        ),
    ],
)
def test_a_role_is_granted_records_of_the_estates_groups_only(record, place, workload, grant, policy, actions):
    made = record(lambda: getattr(store(place, workload), grant)("models", "models-role"))

    records = json.loads(made.named(policy)["policy"])["Statement"][0]
    assert records["Action"] == actions
    assert records["Resource"] == "arn:aws:sagemaker:eu-west-1:123456789012:feature-group/mlops-test-*"


def test_a_protected_environment_keeps_its_features(record, protected_place, workload):
    made = record(lambda: store(protected_place, workload))

    group = made.goal("features-ride-fare-group")
    assert (group.protect, group.retain_on_delete) == (True, True)
    assert made.goal("features-ride-fare-role").retain_on_delete is True
    assert made.goal("features-ride-fare-store").retain_on_delete is True


ICEBERG = {"records": {"iceberg": True}, "database": "lake"}


def kept_as(place, workload, **changes):
    args = {
        "placement": place,
        "workloads": {"ride-fare": workload},
        "bucket": "lake-features",
        "key_arn": KEY,
        "permission_boundary_arn": BOUNDARY,
    }
    return lambda: FeatureStore("features", FeatureStoreArgs.model_validate({**args, **changes}))


def test_an_iceberg_table_is_sagemakers_own_in_the_lakes_database(record, place, workload):
    made = record(kept_as(place, workload, **ICEBERG))

    offline = made.named("features-ride-fare-group")["offlineStoreConfig"]
    assert (offline["tableFormat"], offline["disableGlueTableCreation"]) == ("Iceberg", False)
    assert offline["dataCatalogConfig"] == {
        "catalog": "AwsDataCatalog",
        "database": "lake",
        "tableName": "ride_fare_feature_store",
    }
    granted = made.statements("features-ride-fare-store")
    assert any(each["Action"] == ["s3:DeleteObject", "s3:ListBucket"] for each in granted.values())


def test_parquet_files_need_no_database_and_no_more_permissions(record, place, workload):
    made = record(kept_as(place, workload))

    assert "tableFormat" not in made.named("features-ride-fare-group")["offlineStoreConfig"]
    assert len(made.statements("features-ride-fare-store")) == 4


def test_an_iceberg_table_without_a_database_is_refused(record, place, workload):
    with pytest.raises(ValueError, match="an offline store of Iceberg needs a database for its table"):
        record(kept_as(place, workload, records={"iceberg": True}))


@pytest.mark.parametrize(
    ("records", "online", "throughput"),
    [
        ({"in_memory": True}, {"storageType": "InMemory"}, None),
        ({"ttl_days": 30}, {"ttlDuration": {"unit": "Days", "value": 30}}, None),
        (
            {"read_units": 5, "write_units": 7},
            {},
            {
                "throughputMode": "Provisioned",
                "provisionedReadCapacityUnits": 5,
                "provisionedWriteCapacityUnits": 7,
            },
        ),
    ],
)
def test_online_records_lie_where_and_as_long_as_is_wanted(record, place, workload, records, online, throughput):
    group = record(kept_as(place, workload, records=records)).named("features-ride-fare-group")

    plain = {"enableOnlineStore": True, "securityConfig": {"kmsKeyId": KEY}}
    assert group["onlineStoreConfig"] == {**plain, **online}
    assert group.get("throughputConfig") == throughput
