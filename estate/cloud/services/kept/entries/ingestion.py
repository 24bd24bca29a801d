"""What brings rows in, and Spark: kept, as neither Kafka nor Firehose nor Spark runs here."""

from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.kept.checks import bucket, key, network, role
from estate.cloud.services.kept.kind import Above, Codes, Kind
from estate.cloud.services.wire import AwsError, Params

_KAFKA = Codes("ConflictException", "NotFoundException", "BadRequestException")
_FIREHOSE = Codes("ResourceInUseException", "ResourceNotFoundException", "InvalidArgumentException")
_EMR = Codes("ConflictException", "ResourceNotFoundException", "ValidationException")


def _private_at_first(_: Account, values: Params) -> None:
    """MSK opens connections from other networks on a cluster that is there, never while it is made."""
    nodes = values.get("Provisioned", {}).get("BrokerNodeGroupInfo", {})
    if "VpcConnectivity" in nodes.get("ConnectivityInfo", {}):
        raise AwsError(
            "BadRequestException", "VpcConnectivity can be set on an active cluster only: UpdateConnectivity"
        )


def _brokers_in_every_zone(_: Account, values: Params) -> None:
    given = values.get("Provisioned")
    zones = len(given["BrokerNodeGroupInfo"]["ClientSubnets"]) if given else 1
    if given and given["NumberOfBrokerNodes"] % zones:
        raise AwsError(
            "BadRequestException",
            f"The number of broker nodes must be a multiple of the client subnets: {zones}",
        )


def _connected(record: Params) -> Params | None:
    """The brokers as they are after their connectivity was changed."""
    given = record.get("Provisioned")
    if given is None:
        return None
    nodes = given["BrokerNodeGroupInfo"]
    info = {**nodes.get("ConnectivityInfo", {}), **record.get("ConnectivityInfo", {})}
    configuration = given.get("ConfigurationInfo", {})
    software = {
        "KafkaVersion": given["KafkaVersion"],
        "ConfigurationArn": configuration.get("Arn"),
        "ConfigurationRevision": configuration.get("Revision"),
    }
    return {
        **{name: value for name, value in given.items() if name not in ("ConfigurationInfo", "KafkaVersion")},
        "BrokerNodeGroupInfo": {**nodes, "ConnectivityInfo": info},
        "CurrentBrokerSoftwareInfo": {name: value for name, value in software.items() if value is not None},
    }


def _one_source(_: Account, values: Params) -> None:
    sources = {"KinesisStreamSourceConfiguration": "KinesisStreamAsSource", "MSKSourceConfiguration": "MSKAsSource"}
    given = [name for name in sources if name in values]
    fitting = sources[given[0]] if given else "DirectPut"
    if len(given) > 1 or values.get("DeliveryStreamType", "DirectPut") != fitting:
        raise AwsError("InvalidArgumentException", f"{' and '.join(given) or 'no source'} goes with the type {fitting}")


def _parquet_files_are_large(_: Account, values: Params) -> None:
    target = values.get("ExtendedS3DestinationConfiguration", {})
    converts = target.get("DataFormatConversionConfiguration", {}).get("Enabled", False)
    size = target.get("BufferingHints", {}).get("SizeInMBs", 128 if converts else 5)
    if converts and size < 64:
        raise AwsError("InvalidArgumentException", "BufferingHints.SizeInMBs must be 64 at least to convert the format")
    if converts and target.get("CompressionFormat", "UNCOMPRESSED") != "UNCOMPRESSED":
        raise AwsError("InvalidArgumentException", "CompressionFormat must be UNCOMPRESSED to convert the format")


def _table_is_there(account: Account, values: Params) -> None:
    target = values.get("ExtendedS3DestinationConfiguration", {})
    schema = target.get("DataFormatConversionConfiguration", {}).get("SchemaConfiguration")
    if schema is None:
        return
    database = account.backend("glue").databases.get(schema["DatabaseName"])
    if database is None or schema["TableName"] not in database.tables:
        raise AwsError("InvalidArgumentException", f"The table {schema['TableName']} does not exist")


def _stream_is_there(account: Account, values: Params) -> None:
    arn = values.get("KinesisStreamSourceConfiguration", {}).get("KinesisStreamARN")
    if arn is not None and arn.rpartition("/")[2] not in account.backend("kinesis").streams:
        raise AwsError("InvalidArgumentException", f"The stream {arn} does not exist")


def _destinations(record: Params) -> list[Params]:
    target = record.get("ExtendedS3DestinationUpdate") or record["ExtendedS3DestinationConfiguration"]
    return [{"DestinationId": record["DestinationId"], "ExtendedS3DestinationDescription": target}]


def _source(record: Params) -> Params | None:
    if "MSKSourceConfiguration" in record:
        return {"MSKSourceDescription": record["MSKSourceConfiguration"]}
    if "KinesisStreamSourceConfiguration" in record:
        return {"KinesisStreamSourceDescription": record["KinesisStreamSourceConfiguration"]}
    return None


def _latest(record: Params) -> dict[str, Any]:
    return {"Revision": 1, **({"Description": record["Description"]} if "Description" in record else {})}


KINDS = (
    Kind(
        "kafka",
        "cluster",
        create="CreateClusterV2",
        read="DescribeClusterV2",
        update=("UpdateConnectivity",),
        delete="DeleteCluster",
        list="ListClustersV2",
        key=("ClusterName",),
        ids=("ClusterArn",),
        made={
            "ClusterArn": "arn:{partition}:kafka:{region}:{account}:cluster/{ClusterName}/{uuid}-1",
            "State": "ACTIVE",
            "CurrentVersion": "K3P5ROKL5A1OLE",
        },
        wraps=("ClusterInfo",),
        shown={
            "Provisioned": _connected,
            "ClusterType": lambda record: "SERVERLESS" if "Serverless" in record else "PROVISIONED",
        },
        checks=(
            _private_at_first,
            _brokers_in_every_zone,
            network("Provisioned.BrokerNodeGroupInfo.ClientSubnets", "Provisioned.BrokerNodeGroupInfo.SecurityGroups"),
            network("Serverless.VpcConfigs[].SubnetIds[]", "Serverless.VpcConfigs[].SecurityGroupIds[]"),
            key("Provisioned.EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId"),
        ),
        arn="ClusterArn",
        codes=_KAFKA,
        told="kept: no broker runs",
    ),
    Kind(
        "kafka",
        "configuration",
        create="CreateConfiguration",
        read="DescribeConfiguration",
        update=("UpdateConfiguration",),
        delete="DeleteConfiguration",
        list="ListConfigurations",
        key=("Name",),
        ids=("Arn",),
        acts={"DescribeConfigurationRevision": {}},
        made={
            "Arn": "arn:{partition}:kafka:{region}:{account}:configuration/{Name}/{uuid}-1",
            "State": "ACTIVE",
            "Revision": 1,
        },
        shown={"LatestRevision": _latest},
        codes=_KAFKA,
        told="kept: revisions are not counted",
    ),
    Kind(
        "kafka",
        "cluster policy",
        create="PutClusterPolicy",
        read="GetClusterPolicy",
        update=("PutClusterPolicy",),
        delete="DeleteClusterPolicy",
        key=("ClusterArn",),
        above=(Above("ClusterArn", "cluster", holds=False, unknown="NotFoundException"),),
        made={"CurrentVersion": "1"},
        codes=_KAFKA,
    ),
    Kind(
        "kafka",
        "topic",
        create="CreateTopic",
        read="DescribeTopic",
        update=("UpdateTopic",),
        delete="DeleteTopic",
        list="ListTopics",
        key=("ClusterArn", "TopicName"),
        above=(Above("ClusterArn", "cluster", holds=False, unknown="NotFoundException"),),
        made={"TopicArn": "{ClusterArn}/{TopicName}", "Status": "ACTIVE"},
        codes=_KAFKA,
        told="kept: no record goes through it",
    ),
    Kind(
        "firehose",
        "delivery stream",
        create="CreateDeliveryStream",
        read="DescribeDeliveryStream",
        update=("UpdateDestination",),
        delete="DeleteDeliveryStream",
        list="ListDeliveryStreams",
        key=("DeliveryStreamName",),
        made={
            "DeliveryStreamARN": "arn:{partition}:firehose:{region}:{account}:deliverystream/{DeliveryStreamName}",
            "DeliveryStreamStatus": "ACTIVE",
            "VersionId": "1",
            "DestinationId": "destinationId-000000000001",
            "HasMoreDestinations": False,
        },
        names={"CurrentDeliveryStreamVersionId": "VersionId"},
        defaults={"DeliveryStreamType": "DirectPut"},
        wraps=("DeliveryStreamDescription",),
        shown={"Destinations": _destinations, "Source": _source},
        checks=(
            _one_source,
            _parquet_files_are_large,
            _stream_is_there,
            _table_is_there,
            bucket("ExtendedS3DestinationConfiguration.BucketARN"),
            key("ExtendedS3DestinationConfiguration.EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN"),
            role("ExtendedS3DestinationConfiguration.RoleARN", "firehose.amazonaws.com"),
        ),
        arn="DeliveryStreamARN",
        codes=_FIREHOSE,
        told="kept: no record is delivered",
    ),
    Kind(
        "emr-serverless",
        "application",
        create="CreateApplication",
        read="GetApplication",
        update=("UpdateApplication",),
        delete="DeleteApplication",
        list="ListApplications",
        ids=("applicationId", "arn"),
        made={
            "applicationId": "00{hex14}",
            "arn": "arn:{partition}:emr-serverless:{region}:{account}:/applications/{applicationId}",
            "state": "CREATED",
        },
        wraps=("application",),
        checks=(
            network("networkConfiguration.subnetIds", "networkConfiguration.securityGroupIds"),
            key("monitoringConfiguration.cloudWatchLoggingConfiguration.encryptionKeyArn"),
        ),
        arn="arn",
        codes=_EMR,
        told="kept: no job runs",
    ),
)
