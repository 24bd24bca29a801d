"""A Kinesis stream of rows as they happen."""

import pulumi
from pulumi_aws import kinesis
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, Text

RETENTION_HOURS = 48  # a weekend's outage of what reads it is a person's to notice: the alarm is on Firehose


class RowStreamArgs(Args):
    placement: Placement
    model: str = Field(description="Whose rows; names the stream.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the records.")
    shards: int | None = Field(default=None, ge=1, description="Shards; on demand by default.")
    retention_hours: int | None = Field(default=None, ge=24, le=8760, description="Hours; 48 by default.")


class RowStream(Component):
    """One stream a model; a record is one row, as a JSON object with the contract's columns."""

    stream: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: RowStreamArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:ingestion:RowStream", name, args.placement, opts)
        self._key_arn = args.key_arn
        made = kinesis.Stream(
            f"{name}-stream",
            name=args.placement.named(args.model, "rows"),
            encryption_type="KMS",
            kms_key_id=args.key_arn,
            retention_period=RETENTION_HOURS if args.retention_hours is None else args.retention_hours,
            shard_count=args.shards,
            stream_mode_details={"stream_mode": "ON_DEMAND" if args.shards is None else "PROVISIONED"},
            opts=self.child(),
        )
        self.stream, self.arn = made.name, made.arn
        self.register_outputs({"stream": self.stream, "arn": self.arn})

    def reading(self) -> list[Statement]:
        """What a reader of the stream must be allowed."""
        return read_stream(self.arn, self._key_arn)


def read_stream(stream_arn: Text, key_arn: Text) -> list[Statement]:
    """What whoever reads a stream of Kinesis must be allowed."""
    return [
        {
            "Sid": "ReadStream",
            "Effect": "Allow",
            "Action": [
                "kinesis:DescribeStream",
                "kinesis:DescribeStreamSummary",
                "kinesis:GetRecords",
                "kinesis:GetShardIterator",
                "kinesis:ListShards",
            ],
            "Resource": stream_arn,
        },
        {"Sid": "OpenStream", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": key_arn},
    ]
