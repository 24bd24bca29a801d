"""Settings of the data layer: what is refused, in which words, and what is off by default."""

import pytest

from stacks.settings import SettingsError, parse
from tests.stacks.conftest import BASE

KINESIS, MSK = {"source": "kinesis"}, {"source": "msk"}
TASK = {"title": "Second reading", "instructions": "Say what it should have cost."}
POOL = {"name": "people", "user_pool_id": "eu-west-1_abc", "client_id": "abc"}
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/spark:1"
ROLE = "arn:aws:iam::123456789012:role/analytics"

WRONG = {
    "a stream of no model": (
        {"streams": {"ride": KINESIS}},
        "data.streams.ride: there is no such model; models are ride-fare, ride-risk",
    ),
    "msk without a cluster": (
        {"streams": {"ride-fare": MSK}},
        "streams.ride-fare.source is msk, and there is no data.kafka; add it",
    ),
    "a cluster that nobody reads": (
        {"kafka": {}, "streams": {"ride-fare": KINESIS}},
        "kafka costs by the hour, and no stream has the source msk; leave it out",
    ),
    "shards of a topic": (
        {"kafka": {}, "streams": {"ride-fare": {**MSK, "shards": 2}}},
        "shards is for the source kinesis, not msk",
    ),
    "retention of a topic": (
        {"kafka": {}, "streams": {"ride-fare": {**MSK, "retention_hours": 48}}},
        "retention_hours is for the source kinesis, not msk",
    ),
    "partitions of a stream": (
        {"streams": {"ride-fare": {**KINESIS, "partitions": 3}}},
        "partitions is for the source msk; a Kinesis stream has shards",
    ),
    "files too small for Parquet": (
        {"streams": {"ride-fare": {**KINESIS, "buffer_mb": 5}}},
        "greater than or equal to 64",
    ),
    "brokers of a serverless cluster": (
        {"kafka": {"instance_type": "kafka.m7g.large"}, "streams": {"ride-fare": MSK}},
        "instance_type is for kind provisioned; a serverless cluster has no brokers of your own",
    ),
    "brokers that firehose cannot reach": (
        {"kafka": {"kind": "provisioned", "instance_type": "kafka.t3.small"}, "streams": {"ride-fare": MSK}},
        "instance_type kafka.t3.small has no private connections",
    ),
    "iceberg that a lifecycle rule breaks": (
        {"history": {}, "zones": {"curated": {"retention_days": 30}}},
        "zones.curated.retention_days would break history",
    ),
    "iceberg features that a rule breaks": (
        {"feature_store": {"format": "iceberg"}, "zones": {"features": {"retention_days": 30}}},
        "zones.features.retention_days would break feature_store.format iceberg",
    ),
    "artifacts of releases that expire": (
        {"zones": {"models": {"retention_days": 30}}},
        "zones.models.retention_days would take away the artifacts of releases",
    ),
    "a zone that there is not": ({"zones": {"gold": {}}}, "data.zones.gold"),
    "reads without writes": (
        {"feature_store": {"read_units": 5}},
        "feature_store.read_units and write_units are provisioned together",
    ),
    "units of memory": (
        {"feature_store": {"storage": "in-memory", "read_units": 5, "write_units": 5}},
        "feature_store.read_units are for storage standard; memory has no units",
    ),
    "a lake that nobody administers": (
        {"lake_formation": {}},
        "data.lake_formation has no administrator, and so nobody could grant anything",
    ),
    "a reader who is a steward": (
        {"lake_formation": {"administrators": [ROLE], "readers": {"a": ROLE}, "stewards": {"a": ROLE}}},
        "data.lake_formation: a is among readers and stewards",
    ),
    "an administrator that is no role": (
        {"lake_formation": {"administrators": ["ops"]}},
        "data.lake_formation.administrators.0: must match",
    ),
    "an image of another region": (
        {"spark": {"image_uri": IMAGE}},
        f"data.spark.image_uri {IMAGE} is of another region than aws.region eu-west-1",
    ),
    "labels of no model": (
        {"labelling": {"tasks": {"ride": TASK}}},
        "data.labelling.tasks.ride: there is no such model; models are ride-fare, ride-risk",
    ),
    "nothing to label": ({"labelling": {"tasks": {}}}, "data.labelling.tasks"),
    "networks of an existing workforce": (
        {"labelling": {"tasks": {"ride-fare": TASK}, "existing_workforce": POOL, "networks": ["10.0.0.0/8"]}},
        "networks belong to the workforce: existing_workforce has its own; leave one out",
    ),
    "a pool of another region": (
        {"labelling": {"tasks": {"ride-fare": TASK}, "existing_workforce": {**POOL, "user_pool_id": "us-east-1_abc"}}},
        "user_pool_id us-east-1_abc is of another region than aws.region eu-west-1",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_told_in_one_line(case: str) -> None:
    data, message = WRONG[case]
    with pytest.raises(SettingsError) as refusal:
        parse({**BASE, "data": data})

    (line,) = str(refusal.value).splitlines()
    assert line.startswith("mlops-estate:")
    assert message in line


def test_what_costs_or_exists_once_is_off_by_default() -> None:
    data = parse(BASE).data

    assert (data.lake_formation, data.encrypt_catalog, data.kafka, data.spark) == (None, False, None, None)
    assert (data.labelling, data.history, data.streams) == (None, None, {})
    assert (data.feature_store.format, data.feature_store.storage) == ("glue", "standard")


@pytest.mark.parametrize("way", ["administrators", "github", "assumed"])
def test_a_lake_is_administered_by_who_deploys_or_by_who_is_named(way: str) -> None:
    administrators = {"administrators": [ROLE]} if way == "administrators" else {}
    github = {"github": {"repository": "example/estate"}} if way == "github" else {}
    assumed = {"assume_role_arn": ROLE} if way == "assumed" else {}
    values = {
        **BASE,
        "aws": {"account_id": "123456789012", "region": "eu-west-1", **assumed},
        "foundation": {"network": {"cidr": "10.9.0.0/16"}, **github},
        "data": {"lake_formation": administrators},
    }

    assert parse(values).data.lake_formation is not None
