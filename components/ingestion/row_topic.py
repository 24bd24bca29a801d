"""A Kafka topic of rows as they happen."""

import json

import pulumi
from pulumi_aws import msk
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, Text

PARTITIONS = 3
HOUR_MS = 3_600_000


class RowTopicArgs(Args):
    placement: Placement
    model: str = Field(description="Whose rows; names the topic.")
    cluster_arn: pulumi.Input[str]
    partitions: int | None = Field(default=None, ge=1, description="Partitions; 3 by default.")
    copies: int = Field(ge=1, le=3, description="Brokers that hold each record; a serverless cluster has 3.")
    retention_hours: int = Field(ge=1, description="Hours that records are kept.")


class RowTopic(Component):
    """One topic a model; a record is one row, as a JSON object with the contract's columns."""

    topic: pulumi.Output[str]
    cluster_arn: pulumi.Output[str]

    def __init__(self, name: str, args: RowTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:ingestion:RowTopic", name, args.placement, opts)
        made = msk.Topic(
            f"{name}-topic",
            name=args.placement.named(args.model, "rows"),
            cluster_arn=args.cluster_arn,
            partition_count=PARTITIONS if args.partitions is None else args.partitions,
            replication_factor=args.copies,
            configs=json.dumps({"retention.ms": str(args.retention_hours * HOUR_MS)}, sort_keys=True),
            opts=self.child(),
        )
        self.topic, self.cluster_arn = made.name, made.cluster_arn
        self.register_outputs({"topic": self.topic})

    def reading(self) -> list[Statement]:
        """What Firehose must be allowed to read the topic; it names its consumer groups itself."""
        return [
            {
                "Sid": "FindCluster",
                "Effect": "Allow",
                "Action": ["kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"],
                "Resource": self.cluster_arn,
            },
            {
                "Sid": "Connect",
                "Effect": "Allow",
                "Action": "kafka-cluster:Connect",
                "Resource": self.cluster_arn,
            },
            {
                "Sid": "ReadTopic",
                "Effect": "Allow",
                "Action": [
                    "kafka-cluster:DescribeTopic",
                    "kafka-cluster:DescribeTopicDynamicConfiguration",
                    "kafka-cluster:ReadData",
                ],
                "Resource": self._part("topic", self.topic),
            },
            {
                "Sid": "FollowGroup",
                "Effect": "Allow",
                "Action": "kafka-cluster:DescribeGroup",
                "Resource": self._part("group", "*"),
            },
        ]

    def _part(self, kind: str, name: Text) -> pulumi.Output[str]:
        """ARN of a topic or group: the cluster's, with the kind in place of `cluster`, and the name at its end."""
        return pulumi.Output.all(self.cluster_arn, name).apply(
            lambda known: f"{known[0].replace(':cluster/', f':{kind}/')}/{known[1]}"
        )
