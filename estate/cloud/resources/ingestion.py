"""What brings rows in and works on them: Firehose, Spark."""

from estate.cloud.resources.row import Row, Step, Tagging, Wait
from estate.cloud.resources.template import At

_GONE = ("NotFoundException", "ResourceNotFoundException")
_TARGET = "ExtendedS3DestinationConfiguration"
_DELIVERY = {"DeliveryStreamName": "{in.name}"}
_HANGS = "extendedS3Configuration"
_INSIDE = {
    f"{_HANGS}.bufferingInterval": "BufferingHints.IntervalInSeconds",
    f"{_HANGS}.bufferingSize": "BufferingHints.SizeInMBs",
    f"{_HANGS}.kmsKeyArn": "EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN",
    f"{_HANGS}.cloudwatchLoggingOptions": "CloudWatchLoggingOptions",
}


def _described(path: str, name: str) -> Step:
    """A part of a delivery stream's description, kept as `name`."""
    return Step("DescribeDeliveryStream", (), _DELIVERY, at=f"DeliveryStreamDescription.{path}", into=name)


ROWS = (
    Row(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        "firehose",
        Step(
            "CreateDeliveryStream",
            params={
                "DeliveryStreamType": At(
                    "in.kinesisSourceConfiguration && 'KinesisStreamAsSource' || in.mskSourceConfiguration && "
                    "'MSKAsSource' || 'DirectPut'"
                )
            },
            names={
                "name": "DeliveryStreamName",
                "kinesisSourceConfiguration": "KinesisStreamSourceConfiguration",
                "mskSourceConfiguration": "MSKSourceConfiguration",
                _HANGS: _TARGET,
                **_INSIDE,
            },
        ),
        id="{made.DeliveryStreamARN}",
        read=(
            Step("DescribeDeliveryStream", (), _DELIVERY, at="DeliveryStreamDescription"),
            # Under the names of the request, so that the one can be held against the other.
            _described("Destinations[0].ExtendedS3DestinationDescription", _TARGET),
            _described("Source.KinesisStreamSourceDescription", "KinesisStreamSourceConfiguration"),
            _described("Source.MSKSourceDescription", "MSKSourceConfiguration"),
        ),
        update=(
            Step(
                "UpdateDestination",
                (_HANGS,),
                {
                    "DeliveryStreamName": "{in.name}",
                    "CurrentDeliveryStreamVersionId": "{read.VersionId}",
                    "DestinationId": "{read.Destinations[0].DestinationId}",
                },
                {
                    _HANGS: "ExtendedS3DestinationUpdate",
                    **_INSIDE,
                },
            ),
        ),
        delete=(Step("DeleteDeliveryStream", (), {"DeliveryStreamName": "{in.name}"}),),
        outputs={"arn": "{id}", "name": "{in.name}", "versionId": "{read.VersionId}"},
        name="name",
        fixed=("name", "destination", "kinesisSourceConfiguration", "mskSourceConfiguration"),
        local=("destination",),
        wait=Wait("DeliveryStreamStatus", frozenset({"ACTIVE"}), frozenset({"CREATING_FAILED"})),
        gone=_GONE,
        tagging=Tagging(
            "TagDeliveryStream", "UntagDeliveryStream", "ListTagsForDeliveryStream", {"DeliveryStreamName": "{in.name}"}
        ),
        sample_id="arn:aws:firehose:us-east-1:000000000000:deliverystream/sample",
        cloudformation="AWS::KinesisFirehose::DeliveryStream",
    ),
    Row(
        "aws:emrserverless/application:Application",
        "emr-serverless",
        Step(
            "CreateApplication",
            params={"clientToken": "{token(in.name)}"},
            names={
                "autoStopConfiguration.idleTimeoutMinutes": "idleTimeoutMinutes",
                "monitoringConfiguration.cloudwatchLoggingConfiguration": "cloudWatchLoggingConfiguration",
                "runtimeConfigurations": "runtimeConfiguration",
            },
        ),
        id="{made.applicationId}",
        read=(Step("GetApplication", (), {"applicationId": "{id}"}, at="application"),),
        update=(
            Step(
                "UpdateApplication",
                (
                    "architecture",
                    "autoStartConfiguration",
                    "autoStopConfiguration",
                    "imageConfiguration",
                    "maximumCapacity",
                    "monitoringConfiguration",
                    "networkConfiguration",
                    "releaseLabel",
                    "runtimeConfigurations",
                ),
                {"applicationId": "{id}", "clientToken": "{token(in.name)}"},
                {
                    "monitoringConfiguration.cloudwatchLoggingConfiguration": "cloudWatchLoggingConfiguration",
                    "runtimeConfigurations": "runtimeConfiguration",
                },
            ),
        ),
        delete=(Step("DeleteApplication", (), {"applicationId": "{id}"}),),
        outputs={"arn": "{read.arn}"},
        name="name",
        fixed=("name", "type"),
        wait=Wait("state", frozenset({"CREATED", "STARTED", "STOPPED"}), frozenset({"TERMINATED"}), "stateDetails"),
        gone=_GONE,
        tagging=Tagging("TagResource", "UntagResource", "ListTagsForResource", {"resourceArn": "{out.arn}"}, "tagKeys"),
        sample_id="00fakeapplication0",
        cloudformation="AWS::EMRServerless::Application",
    ),
)
