import pytest

from components.storage.catalog import Catalog, CatalogArgs, Locations

WHERE = Locations(
    raw="s3://raw/ride-fare/rows",
    curated="s3://curated/ride-fare/rows",
    quarantine="s3://curated/ride-fare/quarantine",
    features="s3://features/ride-fare/rows",
)


@pytest.fixture
def made(record, place, workload):
    args = CatalogArgs(placement=place, workloads={"ride-fare": workload}, locations={"ride-fare": WHERE})
    return record(lambda: Catalog("catalog", args))


def columns(table):
    return {column["name"]: column["type"] for column in table["storageDescriptor"]["columns"]}


def test_the_database_has_a_name_that_athena_can_read(made):
    assert made.inputs("aws:glue/catalogDatabase:CatalogDatabase")["name"] == "mlops_test_lake"


@pytest.mark.parametrize("content", ["raw", "curated", "quarantine", "features"])
def test_each_kind_of_rows_has_a_table_where_the_rows_lie(made, content):
    table = made.named(f"catalog-ride-fare-{content}")

    assert table["name"] == f"ride_fare_{content}"
    assert table["storageDescriptor"]["location"] == getattr(WHERE, content)
    assert table["storageDescriptor"]["serDeInfo"]["serializationLibrary"] == (
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    )


def test_curated_rows_have_the_contracts_columns_and_types(made):
    assert columns(made.named("catalog-ride-fare-curated")) == {
        "ride_id": "string",
        "asked_at": "timestamp",
        "fare": "double",
        "paid_at": "timestamp",
        "landed_at": "timestamp",
        "rider_email": "string",
        "shared": "boolean",
    }


def test_rows_in_quarantine_are_text_as_they_met_no_contract(made):
    found = columns(made.named("catalog-ride-fare-quarantine"))

    assert list(found) == [
        "source_file", "ride_id", "asked_at", "fare", "paid_at", "landed_at", "rider_email", "shared", "reasons",
    ]  # fmt: skip
    assert set(found.values()) == {"string"}


def test_features_have_key_times_label_and_features_and_no_personal_data(made):
    assert columns(made.named("catalog-ride-fare-features")) == {
        "ride_id": "string",
        "asked_at": "timestamp",
        "paid_at": "timestamp",
        "landed_at": "timestamp",
        "fare": "double",
        "distance_km": "double",
        "stops": "bigint",
    }


def test_months_of_features_are_found_by_their_pattern(made):
    table = made.named("catalog-ride-fare-features")

    assert table["partitionKeys"] == [{"name": "event_month", "type": "string"}]
    assert table["parameters"] == {
        "EXTERNAL": "TRUE",
        "classification": "parquet",
        "projection.enabled": "true",
        "projection.event_month.type": "date",
        "projection.event_month.format": "yyyy-MM",
        "projection.event_month.range": "2000-01,NOW",
        "projection.event_month.interval": "1",
        "projection.event_month.interval.unit": "MONTHS",
        "storage.location.template": "s3://features/ride-fare/rows/event_month=${event_month}",
    }


def test_personal_data_is_marked(made):
    marked = {
        column["name"]
        for column in made.named("catalog-ride-fare-curated")["storageDescriptor"]["columns"]
        if column.get("parameters") == {"pii": "true"}
    }

    assert marked == {"rider_email"}


def test_the_catalog_can_be_encrypted_with_the_passwords_in_it(record, place):
    from components.storage.catalog_encryption import CatalogEncryption, CatalogEncryptionArgs

    made = record(lambda: CatalogEncryption("encryption", CatalogEncryptionArgs(placement=place, key_arn="key")))

    assert made.named("encryption-settings")["dataCatalogEncryptionSettings"] == {
        "encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": "key"},
        "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": True, "awsKmsKeyId": "key"},
    }
