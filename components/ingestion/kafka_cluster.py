"""A Kafka cluster of Amazon MSK, serverless or with brokers, that only roles of the account can use."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import cloudwatch, ec2, msk, vpc
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document

IAM_PORT = 9098  # of brokers, for clients that sign in with IAM over TLS
KAFKA_VERSION = "3.8.x"
INSTANCE_TYPE = "kafka.m7g.large"
DISK_GB = 100


class Brokers(Args):
    """Brokers of one's own."""

    version: str = Field(default=KAFKA_VERSION, description="Version of Kafka.")
    instance_type: str = Field(default=INSTANCE_TYPE, description="Instance type of a broker.")
    per_zone: int = Field(default=1, ge=1, description="Brokers a zone.")
    disk_gb: int = Field(default=DISK_GB, ge=1, description="Disk of a broker, in GiB.")
    retention_hours: int = Field(default=48, ge=1, description="Hours that topics keep their records.")


class KafkaClusterArgs(Args):
    placement: Placement
    vpc_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]] = Field(
        min_length=2, description="Private subnets by zone; brokers stand in all of them."
    )
    client_group_ids: Mapping[str, pulumi.Input[str]] = Field(
        min_length=1, description="Security groups whose members may connect, by name."
    )
    key_arn: pulumi.Input[str] = Field(description="KMS key of the brokers' disks.")
    log_key_arn: pulumi.Input[str] = Field(description="KMS key of the brokers' log.")
    log_retention_days: int = Field(ge=1)
    brokers: Brokers | None = Field(default=None, description="Brokers of one's own; serverless by default.")


class KafkaCluster(Component):
    """Clients sign in with IAM over TLS, from inside the network; Firehose reads through a private connection."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: KafkaClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:ingestion:KafkaCluster", name, args.placement, opts)
        group_id = self._group(args)
        cluster_name = args.placement.named("rows")
        if args.brokers is None:
            arn = self._serverless(args, cluster_name, group_id).arn
        else:
            arn = self._provisioned(args, args.brokers, cluster_name, group_id).arn
        # Firehose tries to connect when it is made, and so waits for the policy too.
        self.arn = pulumi.Output.all(arn, self._let_firehose_connect(args, arn).id).apply(lambda known: known[0])
        self.register_outputs({"arn": self.arn})

    def _group(self, args: KafkaClusterArgs) -> pulumi.Output[str]:
        name = self.placement.named("kafka")
        group = ec2.SecurityGroup(
            f"{self.name}-group",
            name=name,
            description="Kafka brokers",
            vpc_id=args.vpc_id,
            tags={"Name": name},
            opts=self.guarding_child(),
        )
        for client, client_id in args.client_group_ids.items():
            vpc.SecurityGroupIngressRule(
                f"{self.name}-from-{client}",
                security_group_id=group.id,
                description=f"Kafka over TLS from {client}",
                ip_protocol="tcp",
                from_port=IAM_PORT,
                to_port=IAM_PORT,
                referenced_security_group_id=client_id,
                opts=self.child(),
            )
            vpc.SecurityGroupEgressRule(
                f"{self.name}-{client}-out",
                security_group_id=client_id,
                description="Kafka over TLS",
                ip_protocol="tcp",
                from_port=IAM_PORT,
                to_port=IAM_PORT,
                referenced_security_group_id=group.id,
                opts=self.child(),
            )
        return group.id

    def _serverless(
        self, args: KafkaClusterArgs, cluster_name: str, group_id: pulumi.Output[str]
    ) -> msk.ServerlessCluster:
        """Encrypted by MSK's own key and without logs of brokers: it has no settings for either."""
        return msk.ServerlessCluster(
            f"{self.name}-serverless",
            cluster_name=cluster_name,
            client_authentication={"sasl": {"iam": {"enabled": True}}},
            vpc_configs=[{"subnet_ids": list(args.subnet_ids.values()), "security_group_ids": [group_id]}],
            opts=self.stateful_child(),
        )

    def _provisioned(
        self, args: KafkaClusterArgs, brokers: Brokers, cluster_name: str, group_id: pulumi.Output[str]
    ) -> msk.Cluster:
        log = cloudwatch.LogGroup(
            f"{self.name}-log",
            name=f"/aws/msk/{cluster_name}",
            kms_key_id=args.log_key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.guarding_child(),
        )
        properties = {
            "auto.create.topics.enable": "false",
            "default.replication.factor": str(min(len(args.subnet_ids), 3)),
            "log.retention.hours": str(brokers.retention_hours),
            "min.insync.replicas": "2" if len(args.subnet_ids) > 2 else "1",
        }
        configuration = msk.Configuration(
            f"{self.name}-configuration",
            name=cluster_name,
            description="Topics are made by the estate, and nobody else",
            server_properties="\n".join(f"{key}={value}" for key, value in sorted(properties.items())) + "\n",
            opts=self.guarding_child(),
        )
        return msk.Cluster(
            f"{self.name}-cluster",
            cluster_name=cluster_name,
            kafka_version=brokers.version,
            number_of_broker_nodes=brokers.per_zone * len(args.subnet_ids),
            enhanced_monitoring="PER_TOPIC_PER_BROKER",
            broker_node_group_info={
                "client_subnets": list(args.subnet_ids.values()),
                "instance_type": brokers.instance_type,
                "security_groups": [group_id],
                "storage_info": {"ebs_storage_info": {"volume_size": brokers.disk_gb}},
                "connectivity_info": {
                    "public_access": {"type": "DISABLED"},
                    "vpc_connectivity": {"client_authentication": {"sasl": {"iam": True}}},
                },
            },
            client_authentication={"sasl": {"iam": True}, "unauthenticated": False},
            configuration_info={"arn": configuration.arn, "revision": configuration.latest_revision},
            encryption_info={
                "encryption_at_rest_kms_key_arn": args.key_arn,
                "encryption_in_transit": {"client_broker": "TLS", "in_cluster": True},
            },
            logging_info={"broker_logs": {"cloudwatch_logs": {"enabled": True, "log_group": log.name}}},
            # Disks grow by themselves or by hand, and never shrink.
            opts=self.stateful_child(ignore_changes=["brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize"]),
        )

    def _let_firehose_connect(self, args: KafkaClusterArgs, arn: pulumi.Output[str]) -> msk.ClusterPolicy:
        """Firehose reaches brokers of a private network through a connection that the cluster's policy allows."""
        return msk.ClusterPolicy(
            f"{self.name}-policy",
            cluster_arn=arn,
            policy=document(
                {
                    "Sid": "FirehoseConnects",
                    "Effect": "Allow",
                    "Principal": {"Service": "firehose.amazonaws.com"},
                    "Action": "kafka:CreateVpcConnection",
                    "Resource": arn,
                    "Condition": {"StringEquals": {"aws:SourceAccount": args.placement.account_id}},
                }
            ),
            opts=self.child(),
        )
