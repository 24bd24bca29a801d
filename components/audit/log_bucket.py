"""Where buckets and AWS Config write down what happened."""

import pulumi
from pulumi_aws import s3
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, document, tls_only
from components.names import Limit
from components.storage.private_bucket import harden, s3_encryption

CONFIG_PREFIX = "config"


class LogBucketArgs(Args):
    placement: Placement
    retention_days: int = Field(ge=1, description="Days after which logs are deleted.")


class LogBucket(Component):
    """A private bucket that takes access logs from the estate's buckets, and configuration history.

    S3 writes access logs neither into a bucket whose default is a KMS key, nor into one with a default retention; AWS
    Config refuses the latter too. So this bucket has S3's own encryption, and the audit trail a bucket of its own.
    """

    bucket: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:audit:LogBucket", name, args.placement, opts)
        place = args.placement
        bucket = s3.Bucket(
            f"{name}-bucket",
            bucket=place.named("logs", place.account_id, place.region, limit=Limit.S3_BUCKET),
            force_destroy=not place.protected,
            opts=self.stateful_child(),
        )
        self.arn = bucket.arn
        self.bucket = harden(
            self,
            bucket,
            policy=document(tls_only(bucket.arn), _access_logs(place, bucket.arn), *_configuration(place, bucket.arn)),
            encryption=s3_encryption(),
            lifecycle={
                "id": "expire-logs",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": args.retention_days},
                "noncurrent_version_expiration": {"noncurrent_days": 30},
                "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
            },
        )
        self.register_outputs({"bucket": self.bucket, "arn": self.arn})


def _access_logs(place: Placement, arn: pulumi.Output[str]) -> Statement:
    return {
        "Sid": "AccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": pulumi.Output.concat(arn, "/*"),
        "Condition": {
            "StringEquals": {"aws:SourceAccount": place.account_id},
            "ArnLike": {"aws:SourceArn": place.s3_arn(f"{place.prefix}-*")},
        },
    }


def _configuration(place: Placement, arn: pulumi.Output[str]) -> list[Statement]:
    service = {"Service": "config.amazonaws.com"}
    ours = {"aws:SourceAccount": place.account_id}
    return [
        {
            "Sid": "ConfigChecks",
            "Effect": "Allow",
            "Principal": service,
            "Action": ["s3:GetBucketAcl", "s3:ListBucket"],
            "Resource": arn,
            "Condition": {"StringEquals": ours},
        },
        {
            "Sid": "ConfigWrites",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": pulumi.Output.concat(arn, f"/{CONFIG_PREFIX}/AWSLogs/{place.account_id}/Config/*"),
            "Condition": {"StringEquals": {**ours, "s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]
