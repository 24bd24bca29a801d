"""What the data layer has where everything of it is wanted, from one run of it."""

import json
from typing import Any

import pytest

from contracts.outputs import DataOutputs
from estate.engine.result import Result
from estate.plan.record import record
from stacks import data, foundation
from stacks.environment import Environment
from stacks.settings import parse
from stacks.upstream import Upstream, Wire
from tests.stacks.conftest import BASE, MODELS, small_workload

READER = "arn:aws:iam::123456789012:role/analytics"
WANTED = {
    "noncurrent_days": 7,
    "query_scan_limit_gb": 3,
    "zones": {"raw": {"noncurrent_days": 3, "retention_days": 90, "tiering": True}},
    "encrypt_catalog": True,
    "lake_formation": {"readers": {"analytics": READER}},
    "history": {},
    "feature_store": {"format": "iceberg"},
    "streams": {"ride-fare": {"source": "kinesis"}, "ride-risk": {"source": "msk"}},
    "kafka": {"kind": "provisioned", "brokers_per_zone": 2},
    "spark": {"max_vcpu": 8, "max_memory_gb": 32},
    # The small workload has no other column that may be shown.
    "labelling": {
        "tasks": {"ride-fare": {"title": "Reading", "instructions": "Say what it was.", "columns": ["asked_at"]}}
    },
}
GRANT = "aws:lakeformation/permissions:Permissions"


class Layer:
    def __init__(self, result: Result, outputs: DataOutputs[Wire]) -> None:
        self.result, self.outputs = result, outputs
        self.named = result.named

    def inputs(self, name: str) -> dict[str, Any]:
        return dict(self.named(name).inputs)

    def rules(self, zone: str) -> dict[str, Any]:
        return {rule["id"]: rule for rule in self.inputs(f"lake-{zone}-lifecycle")["rules"]}

    def waits_for(self, name: str, other: str) -> bool:
        return any(urn.endswith(f"::{other}") for urn in self.named(name).dependencies)


@pytest.fixture(scope="module")
def made() -> Layer:
    persons = {person: {"permission_sets": ["Ml"]} for person in ("data_scientist", "auditor")}
    ground = {"network": {"cidr": "10.9.0.0/16"}, "github": {"repository": "example/estate"}, "persons": persons}
    settings = parse({**BASE, "foundation": ground, "data": WANTED})
    env, workloads = Environment.of(settings), {model: small_workload(model) for model in MODELS}
    outputs: dict[str, Any] = {}

    def program() -> None:
        opts = env.options(env.provider(None))
        upstream = Upstream(read=lambda layer: pytest.fail(f"{layer} was read before it was made"))
        for name, layer in (("foundation", foundation), ("data", data)):
            outputs[name] = layer.deploy(env, settings, workloads, upstream, opts)
            upstream.add(name, outputs[name])

    return Layer(record(program), outputs["data"])


def test_results_of_queries_and_rows_that_could_not_land_expire(made: Layer) -> None:
    results = made.rules("curated")["expire-queries"]

    assert (results["filter"], results["expiration"]) == ({"prefix": "queries/"}, {"days": 30})
    assert {"expire-ride-fare-undelivered", "expire-ride-risk-undelivered"} <= made.rules("raw").keys()


def test_a_query_scans_no_more_than_the_settings_say(made: Layer) -> None:
    assert made.inputs("queries-workgroup")["configuration"]["bytesScannedCutoffPerQuery"] == 3 * 1024**3


def test_a_zone_may_differ(made: Layer) -> None:
    raw, features = made.rules("raw"), made.rules("features")

    assert raw["expire-old-versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 3}
    assert raw["expire-all"]["expiration"] == {"days": 90}
    assert "tier-by-use" in raw
    assert list(features) == ["expire-old-versions"]
    assert features["expire-old-versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 7}


def test_the_lake_is_governed_before_anything_is_made_in_its_catalog(made: Layer) -> None:
    assert made.waits_for("catalog-database", "lake-governance-settings")
    assert made.waits_for("catalog-database", "lake-governance-curated-ride-fare-ci")
    ci = made.result.made("delivery-role").outputs["arn"]
    assert made.inputs("lake-governance-settings")["admins"] == [ci]


def test_results_of_queries_lie_where_athena_may_write_them(made: Layer) -> None:
    """Athena refuses results under a place that is registered with Lake Formation."""
    registered = [goal.inputs["arn"] for goal in made.result.of_type("aws:lakeformation/resource:Resource")]
    bucket = "arn:aws:s3:::mlops-test-curated-123456789012-eu-west-1"

    assert {f"{bucket}/ride-fare", f"{bucket}/ride-risk"} <= set(registered)
    for workgroup in ("queries", "history-queries"):
        target = made.inputs(f"{workgroup}-workgroup")["configuration"]["resultConfiguration"]["outputLocation"]
        where = target.replace("s3://", "arn:aws:s3:::")
        assert where.startswith(bucket)
        assert not any(where.startswith(f"{each}/") for each in registered)


def test_persons_read_no_files_that_hold_personal_columns(made: Layer) -> None:
    policy = json.loads(made.inputs("persons-data-scientist-work")["policy"])
    zones = next(each for each in policy["Statement"] if each["Sid"] == "ReadZones")

    assert not any("curated" in each or "raw" in each for each in zones["Resource"])


def test_nothing_is_granted_before_buckets_are_registered(made: Layer) -> None:
    assert made.waits_for("personal-data-tag", "lake-governance-raw-ci")
    assert "lake-governance-raw" in " ".join(made.named("lake-governance-raw-ci").dependencies)


def test_jobs_read_personal_data_and_a_reader_does_not(made: Layer) -> None:
    def values(name: str) -> list[str]:
        return made.inputs(name)["lfTagPolicy"]["expressions"][0]["values"]

    assert values("lake-grant-jobs-tables") == ["no", "yes"]
    assert values("lake-grant-analytics-tables") == ["no"]
    assert made.inputs("lake-grant-analytics-tables")["principal"] == READER


def test_persons_who_work_with_rows_see_no_personal_data_and_an_auditor_nothing(made: Layer) -> None:
    granted = {goal.name for goal in made.result.of_type(GRANT) if goal.name.startswith("lake-grant-")}

    assert "lake-grant-data-scientist-tables" in granted
    assert not any("auditor" in name for name in granted)


def test_every_model_has_a_history_that_is_filled_and_tended(made: Layer) -> None:
    bucket = "mlops-test-curated-123456789012-eu-west-1"

    assert made.inputs("history-ride-fare")["storageDescriptor"]["location"] == f"s3://{bucket}/ride-fare/history"
    assert made.inputs("history-refresh-ride-risk")["scheduleExpression"] == "rate(1 day)"
    assert made.waits_for("history-ride-fare-retention", "lake-grant-tending-tables")


def test_merges_have_a_workgroup_of_their_own_whose_failures_alone_are_theirs(made: Layer) -> None:
    assert made.inputs("history-queries-workgroup")["name"] == "mlops-test-history"
    assert made.inputs("history-queries-workgroup")["configuration"]["bytesScannedCutoffPerQuery"] == 1000 * 1024**3
    assert made.inputs("history-refresh-failed")["dimensions"]["WorkGroup"] == "mlops-test-history"


def test_an_iceberg_feature_group_may_make_its_table_where_lake_formation_governs(made: Layer) -> None:
    assert made.waits_for("features-ride-fare-group", "features-ride-fare-grant-database")
    assert made.waits_for("features-ride-fare-group", "features-ride-fare-grant-store")
    assert made.inputs("features-ride-fare-grant-database")["permissions"] == ["CREATE_TABLE", "DESCRIBE"]
    where = made.inputs("features-ride-fare-grant-store")["dataLocation"]["arn"]
    assert where == "arn:aws:s3:::mlops-test-features-123456789012-eu-west-1"


def test_firehose_connects_to_kafka_once_it_may(made: Layer) -> None:
    assert made.waits_for("ride-risk-rows-topic", "kafka-policy")


def test_rows_stream_into_the_table_of_their_model(made: Layer) -> None:
    target = made.inputs("ride-fare-delivery-firehose")["extendedS3Configuration"]
    schema = target["dataFormatConversionConfiguration"]["schemaConfiguration"]

    assert (schema["databaseName"], schema["tableName"]) == ("mlops_test_lake", "ride_fare_raw")
    assert target["prefix"].startswith("ride-fare/rows/")
    assert list(made.outputs.row_streams) == ["ride-fare", "ride-risk"]


def test_topics_stand_in_the_cluster_with_a_copy_in_each_zone(made: Layer) -> None:
    assert made.inputs("ride-risk-rows-topic")["replicationFactor"] == 2
    assert made.inputs("kafka-cluster")["numberOfBrokerNodes"] == 4
    assert list(made.outputs.kafka) == ["cluster"]


def test_people_label_what_the_settings_name(made: Layer) -> None:
    assert list(made.outputs.labelling) == ["ride-fare"]
    assert "task.input.row.asked_at" in made.inputs("ride-fare-labelling-screen")["uiTemplate"]["content"]


def test_spark_is_as_large_as_the_settings_say(made: Layer) -> None:
    capacity = made.inputs("spark-application")["maximumCapacity"]

    assert (capacity["cpu"], capacity["memory"]) == ("8 vCPU", "32 GB")
    assert list(made.outputs.spark) == ["application", "role"]
