"""Feature groups and their records through plain boto3."""

import io
import uuid
from typing import Any

import pyarrow.parquet
import pytest

from tests.cloud.services.harness import Ground, answer_of

DEFINITIONS = [
    {"FeatureName": "key", "FeatureType": "String"},
    {"FeatureName": "at", "FeatureType": "String"},
    {"FeatureName": "count", "FeatureType": "Integral"},
    {"FeatureName": "share", "FeatureType": "Fractional"},
]
EARLY, LATE = "2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z"


def request(**more: Any) -> dict[str, Any]:
    return {
        "FeatureGroupName": f"g-{uuid.uuid4().hex[:8]}",
        "RecordIdentifierFeatureName": "key",
        "EventTimeFeatureName": "at",
        "FeatureDefinitions": DEFINITIONS,
        "OnlineStoreConfig": {"EnableOnlineStore": True},
        **more,
    }


def create(ground: Ground, **more: Any) -> str:
    wanted = request(**more)
    ground.client("sagemaker").create_feature_group(**wanted)
    return wanted["FeatureGroupName"]


def put(ground: Ground, group: str, **values: str) -> None:
    record = [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]
    ground.client("sagemaker-featurestore-runtime").put_record(FeatureGroupName=group, Record=record)


def get(ground: Ground, group: str, key: str, **more: Any) -> dict[str, str]:
    answer = ground.client("sagemaker-featurestore-runtime").get_record(
        FeatureGroupName=group, RecordIdentifierValueAsString=key, **more
    )
    return {item["FeatureName"]: item["ValueAsString"] for item in answer.get("Record", [])}


def test_a_record_is_read_back(ground: Ground) -> None:
    group = create(ground)
    put(ground, group, key="a", at=EARLY, count="3", share="0.5")
    assert get(ground, group, "a") == {"key": "a", "at": EARLY, "count": "3", "share": "0.5"}
    assert get(ground, group, "a", FeatureNames=["share", "count"]) == {"share": "0.5", "count": "3"}
    assert get(ground, group, "b") == {}


def test_an_older_record_does_not_replace_a_newer_one(ground: Ground) -> None:
    group = create(ground)
    put(ground, group, key="a", at=LATE, count="2")
    put(ground, group, key="a", at=EARLY, count="1")
    assert get(ground, group, "a")["count"] == "2"


def test_a_deleted_record_does_not_come_back_with_an_older_one(ground: Ground) -> None:
    group = create(ground)
    put(ground, group, key="a", at=EARLY, count="1")
    ground.client("sagemaker-featurestore-runtime").delete_record(
        FeatureGroupName=group, RecordIdentifierValueAsString="a", EventTime=LATE
    )
    put(ground, group, key="a", at=EARLY, count="1")
    assert get(ground, group, "a") == {}


def test_several_groups_are_read_at_once(ground: Ground) -> None:
    first, second = create(ground), create(ground)
    put(ground, first, key="a", at=EARLY)
    put(ground, second, key="b", at=EARLY)
    answer = ground.client("sagemaker-featurestore-runtime").batch_get_record(
        Identifiers=[
            {"FeatureGroupName": first, "RecordIdentifiersValueAsString": ["a", "none"]},
            {"FeatureGroupName": second, "RecordIdentifiersValueAsString": ["b"], "FeatureNames": ["key"]},
            {"FeatureGroupName": "nobody", "RecordIdentifiersValueAsString": ["a"]},
        ]
    )
    found = [(item["FeatureGroupName"], item["RecordIdentifierValueAsString"]) for item in answer["Records"]]
    assert found == [(first, "a"), (second, "b")]
    assert [item["ErrorCode"] for item in answer["Errors"]] == ["ResourceNotFound"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"key": "a", "at": EARLY, "count": "1.5"}, "Feature 'count' is of type Integral"),
        ({"key": "a", "at": EARLY, "share": "much"}, "Feature 'share' is of type Fractional"),
        ({"key": "a", "at": EARLY, "other": "1"}, "Feature 'other' is not defined"),
        ({"key": "a", "count": "1"}, "lacks the feature 'at'"),
        ({"at": EARLY}, "lacks the feature 'key'"),
        ({"key": "a", "at": "yesterday"}, "Event time 'yesterday'"),
        ({"key": "a", "at": "2026-13-01T00:00:00Z"}, "Event time '2026-13-01T00:00:00Z'"),
    ],
)
def test_a_wrong_record_is_refused(ground: Ground, values: dict[str, str], message: str) -> None:
    group = create(ground)
    error = answer_of(lambda: put(ground, group, **values))
    assert error["Error"]["Code"] == "ValidationError"
    assert message in error["Error"]["Message"]
    assert get(ground, group, "a") == {}


@pytest.mark.parametrize("moment", ["1767261600000", "nan", "1e400"])
def test_an_event_time_is_seconds(ground: Ground, moment: str) -> None:
    seconds = [{**item, "FeatureType": "Fractional"} if item["FeatureName"] == "at" else item for item in DEFINITIONS]
    group = create(ground, FeatureDefinitions=seconds)
    error = answer_of(lambda: put(ground, group, key="a", at=moment))
    assert error["Error"]["Code"] == "ValidationError"
    assert f"Event time '{moment}' of 'at' is not a number of seconds" in error["Error"]["Message"]
    assert get(ground, group, "a") == {}


def test_an_unknown_group_has_no_records(ground: Ground) -> None:
    error = answer_of(lambda: put(ground, "nobody", key="a", at=EARLY))
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("ResourceNotFound", 404)


def test_the_offline_store_gets_every_record_as_parquet(ground: Ground) -> None:
    offline = {"S3StorageConfig": {"S3Uri": f"s3://{ground.bucket}/offline"}}
    group = create(ground, OfflineStoreConfig=offline, RoleArn=ground.role)
    put(ground, group, key="a", at=LATE, count="2")
    put(ground, group, key="a", at=EARLY, count="1", share="0.25")
    ground.cloud.flush()
    described = ground.client("sagemaker").describe_feature_group(FeatureGroupName=group)
    prefix = described["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"].partition(ground.bucket)[2][1:]
    assert prefix.startswith(f"offline/222233334444/sagemaker/eu-west-1/offline-store/{group}-")
    listed = ground.client("s3").list_objects_v2(Bucket=ground.bucket, Prefix=prefix)["Contents"]
    folders = [item["Key"].removeprefix(f"{prefix}/").rpartition("/")[0] for item in listed]
    assert folders == ["year=2026/month=01/day=01/hour=10", "year=2026/month=01/day=01/hour=11"]
    rows = [pyarrow.parquet.read_table(io.BytesIO(ground.get(item["Key"]))).to_pylist()[0] for item in listed]
    assert [(row["count"], row["share"], row["is_deleted"]) for row in rows] == [(1, 0.25, False), (2, None, False)]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"RecordIdentifierFeatureName": "no"}, "RecordIdentifierFeatureName 'no' is not among"),
        ({"EventTimeFeatureName": "count"}, "must be String or Fractional"),
        ({"FeatureDefinitions": [*DEFINITIONS, DEFINITIONS[0]]}, "must be unique: key"),
        ({"OnlineStoreConfig": {"EnableOnlineStore": False}}, "needs an online store, an offline store"),
        ({"OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://nowhere-at-all/x"}}}, "RoleArn is required"),
        ({"FeatureGroupName": "-dash"}, "regular expression pattern"),
        (
            {"OnlineStoreConfig": {"EnableOnlineStore": True, "SecurityConfig": {"KmsKeyId": "alias/none"}}},
            "KMS key alias/none does not exist",
        ),
    ],
)
def test_a_wrong_group_is_refused(ground: Ground, more: dict[str, Any], message: str) -> None:
    wanted = request(**more)
    error = answer_of(lambda: ground.client("sagemaker").create_feature_group(**wanted))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


def test_a_name_is_taken_until_its_group_is_deleted(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")
    wanted = request()
    sagemaker.create_feature_group(**wanted)
    error = answer_of(lambda: sagemaker.create_feature_group(**wanted))
    assert error["Error"]["Code"] == "ResourceInUse"
    sagemaker.delete_feature_group(FeatureGroupName=wanted["FeatureGroupName"])
    sagemaker.create_feature_group(**wanted)


def test_offline_records_of_iceberg_are_refused_and_online_ones_kept(ground: Ground) -> None:
    """Files that Iceberg's metadata does not name would be rows that nobody sees."""
    offline = {"S3StorageConfig": {"S3Uri": f"s3://{ground.bucket}/iceberg"}, "TableFormat": "Iceberg"}
    group = create(ground, OfflineStoreConfig=offline, RoleArn=ground.role)
    runtime = ground.client("sagemaker-featurestore-runtime")
    record = [{"FeatureName": name, "ValueAsString": value} for name, value in {"key": "a", "at": EARLY}.items()]

    error = answer_of(lambda: runtime.put_record(FeatureGroupName=group, Record=record))
    assert error["Error"]["Message"] == "not emulated: offline records of the format Iceberg"
    runtime.put_record(FeatureGroupName=group, Record=record, TargetStores=["OnlineStore"])
    assert runtime.get_record(FeatureGroupName=group, RecordIdentifierValueAsString="a")["Record"] == record


def test_the_catalogs_database_must_exist(ground: Ground) -> None:
    offline = {
        "S3StorageConfig": {"S3Uri": f"s3://{ground.bucket}/iceberg"},
        "DataCatalogConfig": {"Catalog": "AwsDataCatalog", "Database": "nowhere", "TableName": "t"},
    }
    wanted = request(OfflineStoreConfig=offline, RoleArn=ground.role)
    error = answer_of(lambda: ground.client("sagemaker").create_feature_group(**wanted))
    assert error["Error"]["Message"] == "The database nowhere does not exist"
