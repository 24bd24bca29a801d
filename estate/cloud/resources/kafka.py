"""Kafka on MSK: clusters, their configurations, who may reach them, topics."""

from collections.abc import Mapping
from typing import Any

from estate.cloud.resources.row import Row, Step, Tagging, Values, Wait

_GONE = ("NotFoundException", "ResourceNotFoundException")
_CLUSTER = {"ClusterArn": "{in.clusterArn}"}
_BROKERS = {
    key: f"Provisioned.{member}"
    for key, member in {
        "brokerNodeGroupInfo": "BrokerNodeGroupInfo",
        "clientAuthentication": "ClientAuthentication",
        "configurationInfo": "ConfigurationInfo",
        "encryptionInfo": "EncryptionInfo",
        "enhancedMonitoring": "EnhancedMonitoring",
        "kafkaVersion": "KafkaVersion",
        "loggingInfo": "LoggingInfo",
        "numberOfBrokerNodes": "NumberOfBrokerNodes",
        "openMonitoring": "OpenMonitoring",
        "rebalancing": "Rebalancing",
        "storageMode": "StorageMode",
    }.items()
} | {
    "brokerNodeGroupInfo.azDistribution": "BrokerAZDistribution",
    "encryptionInfo.encryptionAtRestKmsKeyArn": "EncryptionAtRest.DataVolumeKMSKeyId",
    "clientAuthentication.tls.certificateAuthorityArns": "CertificateAuthorityArnList",
    "loggingInfo.brokerLogs.cloudwatchLogs": "CloudWatchLogs",
}


def _connections(values: Values) -> Mapping[str, Any]:
    nodes = values.get("brokerNodeGroupInfo") or {}
    return (nodes.get("connectivityInfo") or {}).get("vpcConnectivity") or {}


def _connecting(values: Values, _: Values) -> Values:
    ways = _connections(values).get("clientAuthentication") or {}
    signed = ways.get("sasl") or {}
    sasl = {name.capitalize(): {"Enabled": bool(on)} for name, on in signed.items() if on is not None}
    tls = {"Tls": {"Enabled": bool(ways["tls"])}} if ways.get("tls") is not None else {}
    return {"ConnectivityInfo": {"VpcConnectivity": {"ClientAuthentication": {"Sasl": sasl, **tls}}}}


def _signed_in(values: Values) -> Values:
    """How clients sign in: switches, where Pulumi has plain booleans."""
    signed = values.get("sasl") or {}
    authorities = (values.get("tls") or {}).get("certificateAuthorityArns")
    found: dict[str, Any] = {}
    if signed:
        found["Sasl"] = {name.capitalize(): {"Enabled": bool(on)} for name, on in signed.items() if on is not None}
    if authorities:
        found["Tls"] = {"Enabled": True, "CertificateAuthorityArnList": list(authorities)}
    if values.get("unauthenticated") is not None:
        found["Unauthenticated"] = {"Enabled": bool(values["unauthenticated"])}
    return {"Provisioned": {"ClientAuthentication": found}}


ROWS = (
    Row(
        "aws:msk/cluster:Cluster",
        "kafka",
        Step(
            "CreateClusterV2",
            names=_BROKERS,
            via={
                "brokerNodeGroupInfo.connectivityInfo": lambda info: (
                    {"ConnectivityInfo": {"PublicAccess": {"Type": info["publicAccess"]["type"]}}}
                    if info.get("publicAccess")
                    else {}
                ),
                "clientAuthentication": _signed_in,
            },
        ),
        follow=(
            Step(
                "UpdateConnectivity",
                (),
                {"ClusterArn": "{id}", "CurrentVersion": "1"},
                build=lambda _, known: _connecting(known["in"], known),
                when=lambda values: bool(_connections(values)),
            ),
        ),
        id="{made.ClusterArn}",
        read=(Step("DescribeClusterV2", (), {"ClusterArn": "{id}"}, at="ClusterInfo"),),
        delete=(Step("DeleteCluster", (), {"ClusterArn": "{id}"}),),
        outputs={
            "arn": "{id}",
            "clusterName": "{in.clusterName}",
            "currentVersion": "{read.CurrentVersion}",
            "bootstrapBrokersSaslIam": "b-1.{in.clusterName}.kafka.{region}.amazonaws.com:9098",
        },
        name="clusterName",
        fixed=("clusterName", "kafkaVersion"),
        wait=Wait("State", frozenset({"ACTIVE"}), frozenset({"FAILED"}), "StateInfo.Message"),
        gone=_GONE,
        tagging=Tagging("TagResource", "UntagResource", "ListTagsForResource", {"ResourceArn": "{id}"}),
        sample_id="arn:aws:kafka:us-east-1:000000000000:cluster/sample/00000000-0000-0000-0000-000000000000-1",
        seen={
            "kafkaVersion": "Provisioned.CurrentBrokerSoftwareInfo.KafkaVersion",
            "configurationInfo": "Provisioned.CurrentBrokerSoftwareInfo.{arn: ConfigurationArn, "
            "revision: ConfigurationRevision}",
        },
        cloudformation="AWS::MSK::Cluster",
    ),
    Row(
        "aws:msk/serverlessCluster:ServerlessCluster",
        "kafka",
        Step(
            "CreateClusterV2",
            names={"vpcConfigs": "Serverless.VpcConfigs", "clientAuthentication": "Serverless.ClientAuthentication"},
        ),
        id="{made.ClusterArn}",
        read=(Step("DescribeClusterV2", (), {"ClusterArn": "{id}"}, at="ClusterInfo"),),
        delete=(Step("DeleteCluster", (), {"ClusterArn": "{id}"}),),
        outputs={"arn": "{id}", "clusterName": "{in.clusterName}"},
        name="clusterName",
        fixed=("clusterName", "vpcConfigs", "clientAuthentication"),
        wait=Wait("State", frozenset({"ACTIVE"}), frozenset({"FAILED"}), "StateInfo.Message"),
        gone=_GONE,
        tagging=Tagging("TagResource", "UntagResource", "ListTagsForResource", {"ResourceArn": "{id}"}),
        sample_id="arn:aws:kafka:us-east-1:000000000000:cluster/sample/00000000-0000-0000-0000-000000000000-s1",
        cloudformation="AWS::MSK::ServerlessCluster",
    ),
    Row(
        "aws:msk/configuration:Configuration",
        "kafka",
        Step("CreateConfiguration"),
        id="{made.Arn}",
        read=(
            Step("DescribeConfiguration", (), {"Arn": "{id}"}),
            Step("DescribeConfigurationRevision", (), {"Arn": "{id}", "Revision": "{read.LatestRevision.Revision}"}),
        ),
        update=(Step("UpdateConfiguration", ("serverProperties", "description"), {"Arn": "{id}"}),),
        delete=(Step("DeleteConfiguration", (), {"Arn": "{id}"}),),
        outputs={"arn": "{id}", "latestRevision": "{read.LatestRevision.Revision}"},
        name="name",
        fixed=("name", "kafkaVersions"),
        gone=_GONE,
        sample_id="arn:aws:kafka:us-east-1:000000000000:configuration/sample/00000000-0000-0000-0000-000000000000-1",
        cloudformation="AWS::MSK::Configuration",
    ),
    Row(
        "aws:msk/clusterPolicy:ClusterPolicy",
        "kafka",
        Step("PutClusterPolicy"),
        id="{in.clusterArn}",
        read=(Step("GetClusterPolicy", (), _CLUSTER),),
        update=(Step("PutClusterPolicy", ("policy",), _CLUSTER),),
        delete=(Step("DeleteClusterPolicy", (), _CLUSTER),),
        fixed=("clusterArn",),
        gone=_GONE,
        seen={"clusterArn": "id"},
        cloudformation="AWS::MSK::ClusterPolicy",
    ),
    Row(
        "aws:msk/topic:Topic",
        "kafka",
        Step(
            "CreateTopic",
            names={"name": "TopicName"},
        ),
        id="{in.clusterArn},{in.name}",
        read=(Step("DescribeTopic", (), {**_CLUSTER, "TopicName": "{in.name}"}),),
        update=(Step("UpdateTopic", ("configs", "partitionCount"), {**_CLUSTER, "TopicName": "{in.name}"}),),
        delete=(Step("DeleteTopic", (), {**_CLUSTER, "TopicName": "{in.name}"}),),
        outputs={"arn": "{read.TopicArn}", "name": "{in.name}", "clusterArn": "{in.clusterArn}"},
        name="name",
        fixed=("name", "clusterArn", "replicationFactor"),
        gone=_GONE,
        seen={"name": "TopicName", "clusterArn": "in.clusterArn"},
    ),
)
