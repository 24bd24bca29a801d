"""Samples of entries/ingestion.py."""

from tests.cloud.services.kept.stage import Params, Sample, Stage, policy


def target(stage: Stage, prefix: str) -> Params:
    return {
        "RoleARN": stage.role("firehose.amazonaws.com"),
        "BucketARN": f"arn:aws:s3:::{stage.ground.bucket}",
        "Prefix": prefix,
    }


def cluster(stage: Stage) -> str:
    return stage.parent("kafka:cluster")["ClusterArn"]


SAMPLES = {
    "kafka:cluster": Sample(
        lambda stage: {
            "ClusterName": "rows",
            "Provisioned": {
                "BrokerNodeGroupInfo": {
                    "ClientSubnets": [stage.subnet()],
                    "InstanceType": "kafka.m7g.large",
                    "SecurityGroups": [stage.group()],
                },
                "KafkaVersion": "3.8.x",
                "NumberOfBrokerNodes": 1,
            },
        },
        lambda stage: {
            "CurrentVersion": "K3P5ROKL5A1OLE",
            "ConnectivityInfo": {"VpcConnectivity": {"ClientAuthentication": {"Sasl": {"Iam": {"Enabled": True}}}}},
        },
    ),
    "kafka:configuration": Sample(
        lambda stage: {"Name": "rows", "ServerProperties": b"auto.create.topics.enable=false\n"},
        lambda stage: {"ServerProperties": b"auto.create.topics.enable=false\nlog.retention.hours=48\n"},
    ),
    "kafka:cluster policy": Sample(
        lambda stage: {"ClusterArn": cluster(stage), "Policy": policy("firehose.amazonaws.com")},
        lambda stage: {"ClusterArn": cluster(stage), "Policy": policy("kafka.amazonaws.com")},
    ),
    "kafka:topic": Sample(
        lambda stage: {
            "ClusterArn": cluster(stage),
            "TopicName": "rows",
            "PartitionCount": 3,
            "ReplicationFactor": 2,
        },
        lambda stage: {"PartitionCount": 6},
    ),
    "firehose:delivery stream": Sample(
        lambda stage: {
            "DeliveryStreamName": "rows",
            "DeliveryStreamType": "DirectPut",
            "ExtendedS3DestinationConfiguration": target(stage, "rows/"),
        },
        lambda stage: {
            "CurrentDeliveryStreamVersionId": "1",
            "DestinationId": "destinationId-000000000001",
            "ExtendedS3DestinationUpdate": target(stage, "streamed/"),
        },
    ),
    "emr-serverless:application": Sample(
        lambda stage: {
            "name": "spark",
            "type": "spark",
            "releaseLabel": "emr-7.9.0",
            "clientToken": "token",
            "maximumCapacity": {"cpu": "8 vCPU", "memory": "32 GB"},
            "networkConfiguration": {"subnetIds": [stage.subnet()], "securityGroupIds": [stage.group()]},
            "tags": {"owner": "platform"},
        },
        lambda stage: {"maximumCapacity": {"cpu": "16 vCPU", "memory": "64 GB"}},
    ),
}
