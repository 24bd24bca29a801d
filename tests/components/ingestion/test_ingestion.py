import json

import pytest
from pydantic import ValidationError

from components.ingestion.kafka_cluster import Brokers, KafkaCluster, KafkaClusterArgs
from components.ingestion.lake_delivery import LakeDelivery, LakeDeliveryArgs, Landing
from components.ingestion.row_stream import RowStream, RowStreamArgs
from components.ingestion.row_topic import RowTopic, RowTopicArgs

KEY, LOG_KEY = "arn:aws:kms:eu-west-1:123456789012:key/1", "arn:aws:kms:eu-west-1:123456789012:key/2"
CLUSTER = "arn:aws:kafka:eu-west-1:123456789012:cluster/mlops-test-rows/0-1"
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"


def stream(place, **changes):
    args = {"placement": place, "model": "ride-fare", "key_arn": KEY, **changes}
    return RowStream("rows", RowStreamArgs.model_validate(args))


def topic(place):
    args = RowTopicArgs(placement=place, model="ride-fare", cluster_arn=CLUSTER, copies=3, retention_hours=48)
    return RowTopic("rows", args)


def delivery(place, source, tag=None):
    """A delivery from a stream or a topic; `tag` says that Lake Formation governs the table."""

    def program():
        landing = Landing(
            bucket_arn="arn:aws:s3:::raw", key_arn=KEY, database="lake", table="ride_fare_raw", personal_tag=tag
        )
        given = {"stream": stream(place)} if source == "kinesis" else {"topic": topic(place)}
        args = {
            "placement": place,
            "model": "ride-fare",
            "landing": landing,
            "permission_boundary_arn": "arn:aws:iam::123456789012:policy/boundary",
            "log_key_arn": LOG_KEY,
            "log_retention_days": 14,
            **given,
        }
        return LakeDelivery("delivery", LakeDeliveryArgs.model_validate(args))

    return program


def cluster(place, brokers=None):
    args = KafkaClusterArgs(
        placement=place,
        vpc_id="vpc-1",
        subnet_ids={"a": "subnet-a", "b": "subnet-b", "c": "subnet-c"},
        client_group_ids={"jobs": "sg-jobs"},
        key_arn=KEY,
        log_key_arn=LOG_KEY,
        log_retention_days=14,
        brokers=brokers,
    )
    return lambda: KafkaCluster("kafka", args)


@pytest.mark.parametrize(("changes", "mode"), [({}, "ON_DEMAND"), ({"shards": 2}, "PROVISIONED")])
def test_a_stream_is_encrypted_and_grows_by_itself_unless_shards_are_named(record, place, changes, mode):
    made = record(lambda: stream(place, **changes)).named("rows-stream")

    assert (made["name"], made["retentionPeriod"]) == ("mlops-test-ride-fare-rows", 48)
    assert (made["encryptionType"], made["kmsKeyId"]) == ("KMS", KEY)
    assert made["streamModeDetails"] == {"streamMode": mode}


def test_rows_land_as_parquet_by_day_where_validation_reads_them(record, place):
    target = record(delivery(place, "kinesis")).inputs(FIREHOSE)["extendedS3Configuration"]

    assert target["prefix"] == "ride-fare/rows/streamed/!{timestamp:yyyy-MM-dd}/"
    assert target["fileExtension"] == ".parquet"
    conversion = target["dataFormatConversionConfiguration"]
    assert conversion["outputFormatConfiguration"] == {"serializer": {"parquetSerDe": {"compression": "SNAPPY"}}}
    schema = conversion["schemaConfiguration"]
    assert (schema["databaseName"], schema["tableName"], schema["versionId"]) == ("lake", "ride_fare_raw", "LATEST")


def test_what_cannot_be_delivered_lies_apart_and_is_logged(record, place):
    made = record(delivery(place, "kinesis"))
    target = made.inputs(FIREHOSE)["extendedS3Configuration"]

    assert target["errorOutputPrefix"].startswith("ride-fare/undelivered/!{firehose:error-output-type}/")
    assert target["cloudwatchLoggingOptions"] == {
        "enabled": True,
        "logGroupName": "/aws/kinesisfirehose/mlops-test-ride-fare-rows",
        "logStreamName": "ride-fare-delivery",
    }
    assert made.named("delivery-log")["kmsKeyId"] == LOG_KEY


def test_its_role_is_for_this_stream_and_writes_under_two_prefixes(record, place):
    made = record(delivery(place, "kinesis"))

    (trusted,) = made.statements("delivery-role", "assumeRolePolicy").values()
    assert trusted["Condition"]["ArnLike"] == {
        "aws:SourceArn": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/mlops-test-ride-fare-rows"
    }
    statements = made.statements("delivery-policy")
    assert statements["Land"]["Resource"] == [
        "arn:aws:s3:::raw/ride-fare/rows/streamed/*",
        "arn:aws:s3:::raw/ride-fare/undelivered/*",
    ]
    assert statements["ReadStream"]["Resource"] == made.made("rows-stream").outputs["arn"]
    assert statements["KnowColumns"]["Resource"][-1].endswith(":table/lake/ride_fare_raw")


def test_from_a_topic_it_reads_privately_as_a_named_role(record, place):
    made = record(delivery(place, "msk"))

    firehose = made.inputs(FIREHOSE)
    assert "kinesisSourceConfiguration" not in firehose
    source = firehose["mskSourceConfiguration"]
    assert (source["mskClusterArn"], source["topicName"]) == (CLUSTER, "mlops-test-ride-fare-rows")
    assert source["authenticationConfiguration"]["connectivity"] == "PRIVATE"
    assert made.statements("delivery-policy")["ReadTopic"]["Resource"] == (
        "arn:aws:kafka:eu-west-1:123456789012:topic/mlops-test-rows/0-1/mlops-test-ride-fare-rows"
    )


def test_where_lake_formation_governs_the_table_the_role_is_granted_its_description_first(record, place):
    assert record(delivery(place, "kinesis")).names("aws:lakeformation/permissions:Permissions") == []

    made = record(delivery(place, "kinesis", tag="personal"))
    assert made.named("delivery-grant-tables")["permissions"] == ["DESCRIBE"]
    waited = made.goal("delivery-firehose").dependencies
    assert any(urn.endswith("::delivery-grant-tables") for urn in waited)


@pytest.mark.parametrize(
    ("what", "metric", "threshold"),
    [("late", "DeliveryToS3.DataFreshness", 3600), ("unconverted", "FailedConversion.Records", 1)],
)
def test_somebody_hears_of_rows_that_are_late_or_fit_no_table(record, place, what, metric, threshold):
    alarm = record(delivery(place, "kinesis")).named(f"delivery-{what}")

    assert (alarm["metricName"], alarm["threshold"]) == (metric, threshold)
    assert alarm["name"] == f"mlops-test-data-late-ride-fare-{what}"


def test_rows_come_from_one_source(record, place):
    landing = Landing(bucket_arn="b", key_arn=KEY, database="lake", table="t")
    given = {"placement": place, "model": "m", "landing": landing, "permission_boundary_arn": "p", "log_key_arn": "k"}

    with pytest.raises((ValidationError, ValueError), match="from a stream or from a topic: give one of both"):
        LakeDeliveryArgs.model_validate({**given, "log_retention_days": 1})


def test_a_serverless_cluster_asks_clients_who_they_are(record, place):
    made = record(cluster(place)).named("kafka-serverless")

    assert made["clientAuthentication"] == {"sasl": {"iam": {"enabled": True}}}
    assert made["vpcConfigs"][0]["subnetIds"] == ["subnet-a", "subnet-b", "subnet-c"]


def test_brokers_are_encrypted_private_logged_and_known_to_clients_by_iam(record, place):
    made = record(cluster(place, Brokers(per_zone=2)))
    brokers = made.named("kafka-cluster")

    assert brokers["numberOfBrokerNodes"] == 6
    assert brokers["clientAuthentication"] == {"sasl": {"iam": True}, "unauthenticated": False}
    assert brokers["encryptionInfo"] == {
        "encryptionAtRestKmsKeyArn": KEY,
        "encryptionInTransit": {"clientBroker": "TLS", "inCluster": True},
    }
    connectivity = brokers["brokerNodeGroupInfo"]["connectivityInfo"]
    assert connectivity["publicAccess"] == {"type": "DISABLED"}
    assert brokers["loggingInfo"]["brokerLogs"]["cloudwatchLogs"] == {
        "enabled": True,
        "logGroup": "/aws/msk/mlops-test-rows",
    }
    properties = made.named("kafka-configuration")["serverProperties"].splitlines()
    assert properties == [
        "auto.create.topics.enable=false",
        "default.replication.factor=3",
        "log.retention.hours=48",
        "min.insync.replicas=2",
    ]


def test_only_named_groups_reach_brokers_and_only_by_tls(record, place):
    made = record(cluster(place))

    (rule,) = made.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert (rule["referencedSecurityGroupId"], rule["fromPort"], rule["toPort"]) == ("sg-jobs", 9098, 9098)


def test_firehose_alone_may_connect_and_on_behalf_of_this_account(record, place):
    policy = json.loads(record(cluster(place)).named("kafka-policy")["policy"])

    (statement,) = policy["Statement"]
    assert (statement["Principal"], statement["Action"]) == (
        {"Service": "firehose.amazonaws.com"},
        "kafka:CreateVpcConnection",
    )
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
