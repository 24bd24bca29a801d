"""Streams of records, and pipes that bring what arrives to a target."""

from typing import Any

from estate.cloud.resources.row import Row, Step, Values, Wait

_STREAM = {"StreamName": "{in.name}"}
_STREAM_ARN = {"StreamARN": "{id}"}
_PIPE_INPUTS = (
    "description",
    "desiredState",
    "enrichment",
    "enrichmentParameters",
    "kmsKeyIdentifier",
    "logConfiguration",
    "roleArn",
    "sourceParameters",
    "target",
    "targetParameters",
)


def _encrypted(values: Values) -> bool:
    return values.get("encryptionType") == "KMS"


def _kept_longer(values: Values) -> bool:
    return values.get("retentionPeriod", 24) > 24


def _nothing(_: Any) -> Values:
    """An input that its stream or pipe keeps for ever, and no changing call takes."""
    return {}


ROWS = (
    Row(
        "aws:kinesis/stream:Stream",
        "kinesis",
        Step("CreateStream", ("name", "shardCount", "streamModeDetails", "tags"), names={"name": "StreamName"}),
        follow=(
            Step(
                "StartStreamEncryption",
                ("encryptionType", "kmsKeyId"),
                _STREAM,
                {"kmsKeyId": "KeyId"},
                when=_encrypted,
            ),
            Step(
                "IncreaseStreamRetentionPeriod",
                ("retentionPeriod",),
                _STREAM,
                {"retentionPeriod": "RetentionPeriodHours"},
                when=_kept_longer,
            ),
        ),
        id="arn:{partition}:kinesis:{region}:{account}:stream/{in.name}",
        read=(Step("DescribeStreamSummary", (), _STREAM, at="StreamDescriptionSummary"),),
        update=(
            Step("UpdateStreamMode", ("streamModeDetails",), _STREAM_ARN),
            Step(
                "UpdateShardCount",
                ("shardCount",),
                {**_STREAM, "ScalingType": "UNIFORM_SCALING"},
                {"shardCount": "TargetShardCount"},
                when=lambda values: values.get("shardCount") is not None,
            ),
        ),
        delete=(Step("DeleteStream", (), _STREAM),),
        outputs={"arn": "{read.StreamARN}"},
        name="name",
        defaults={"retentionPeriod": 24},
        fixed=("name",),
        local=("enforceConsumerDeletion",),
        wait=Wait("StreamStatus", frozenset({"ACTIVE"})),
        gone=("ResourceNotFoundException",),
        seen={
            "name": "StreamName",
            "kmsKeyId": "KeyId",
            "retentionPeriod": "RetentionPeriodHours",
            "shardCount": "OpenShardCount",
        },
        cloudformation="AWS::Kinesis::Stream",
    ),
    Row(
        "aws:pipes/pipe:Pipe",
        "pipes",
        Step("CreatePipe"),
        id="{in.name}",
        read=(Step("DescribePipe", (), {"Name": "{id}"}),),
        update=(
            Step(
                "UpdatePipe",
                _PIPE_INPUTS,
                {"Name": "{id}"},
                via={"sourceParameters.kinesisStreamParameters.startingPosition": _nothing},
            ),
        ),
        delete=(Step("DeletePipe", (), {"Name": "{id}"}),),
        outputs={"arn": "{read.Arn}"},
        name="name",
        defaults={"desiredState": "RUNNING"},
        fixed=("name", "source"),
        wait=Wait(
            "CurrentState",
            frozenset({"RUNNING", "STOPPED"}),
            frozenset({"CREATE_FAILED", "UPDATE_FAILED", "START_FAILED"}),
            "StateReason",
        ),
        gone=("NotFoundException",),
        cloudformation="AWS::Pipes::Pipe",
    ),
)
