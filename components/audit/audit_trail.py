"""Who did what in the account, where nobody can change it."""

from functools import partial

import pulumi
from pulumi_aws import cloudtrail, s3
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, document, tls_only
from components.names import Limit
from components.storage.lake_bucket import Zone
from components.storage.private_bucket import harden, key_encryption

ARCHIVE_DAYS = 90


class AuditTrailArgs(Args):
    placement: Placement
    key_arn: pulumi.Input[str] = Field(description="KMS key that encrypts the trail.")
    log_bucket: pulumi.Input[str] = Field(description="Bucket that records who reads the trail.")
    retention_days: int = Field(ge=1, description="Days for which no record can be deleted; then it expires.")


class AuditTrail(Component):
    """A trail over all regions, with digests that show tampering, in a bucket whose objects are locked.

    Where the environment is protected, nobody can shorten the lock (`COMPLIANCE`); elsewhere whoever may bypass
    governance can. The bucket, its protections and what is in it always outlive the estate; an estate that is made
    again under the same name takes the bucket over with `pulumi import`.
    """

    bucket: pulumi.Output[str]
    trail_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AuditTrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:audit:AuditTrail", name, args.placement, opts)
        place = args.placement
        kept = partial(self.child, retain_on_delete=True)
        bucket = s3.Bucket(
            f"{name}-bucket",
            bucket=place.named("audit", place.account_id, place.region, limit=Limit.S3_BUCKET),
            object_lock_enabled=True,
            opts=kept(protect=place.protected),
        )
        self.bucket = harden(
            self,
            bucket,
            policy=document(tls_only(bucket.arn), *_trail_writes(place, bucket.arn)),
            encryption=key_encryption(args.key_arn),
            lifecycle=_expire(args.retention_days),
            options=kept,
        )
        s3.BucketObjectLockConfiguration(
            f"{name}-lock",
            bucket=bucket.bucket,
            object_lock_enabled="Enabled",
            rule={
                "default_retention": {
                    "mode": "COMPLIANCE" if place.protected else "GOVERNANCE",
                    "days": args.retention_days,
                }
            },
            opts=kept(),
        )
        s3.BucketLogging(
            f"{name}-access-logs",
            bucket=bucket.bucket,
            target_bucket=args.log_bucket,
            target_prefix="audit/",
            opts=self.child(),
        )
        trail = cloudtrail.Trail(
            f"{name}-trail",
            name=trail_name(place),
            s3_bucket_name=self.bucket,
            kms_key_id=args.key_arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            enable_logging=True,
            advanced_event_selectors=_recorded(place),
            opts=self.child(protect=place.protected),
        )
        self.trail_arn = trail.arn
        self.register_outputs({"bucket": self.bucket, "trail_arn": self.trail_arn})


def trail_name(placement: Placement) -> str:
    return placement.named("trail")


def trail_arn(placement: Placement) -> str:
    """The trail's ARN, which its key and bucket must know before there is a trail."""
    return placement.arn("cloudtrail", f"trail/{trail_name(placement)}")


def _recorded(place: Placement) -> list[cloudtrail.TrailAdvancedEventSelectorArgsDict]:
    """All management events; reads and writes of the lake only where they are worth their price."""
    management: cloudtrail.TrailAdvancedEventSelectorArgsDict = {
        "name": "management",
        "field_selectors": [{"field": "eventCategory", "equals": ["Management"]}],
    }
    objects: cloudtrail.TrailAdvancedEventSelectorArgsDict = {
        "name": "objects",
        "field_selectors": [
            {"field": "eventCategory", "equals": ["Data"]},
            {"field": "resources.type", "equals": ["AWS::S3::Object"]},
            {
                "field": "resources.ARN",
                "starts_withs": [place.s3_arn(f"{place.named(zone)}-") for zone in Zone],
            },
        ],
    }
    return [management, objects] if place.protected else [management]


def _expire(days: int) -> s3.BucketLifecycleConfigurationRuleArgsDict:
    rule: s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "archive-and-expire",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "expiration": {"days": days},
        "noncurrent_version_expiration": {"noncurrent_days": 1},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
    }
    if days > ARCHIVE_DAYS:
        rule["transitions"] = [{"days": ARCHIVE_DAYS, "storage_class": "GLACIER_IR"}]
    return rule


def _trail_writes(place: Placement, arn: pulumi.Output[str]) -> list[Statement]:
    service = {"Service": "cloudtrail.amazonaws.com"}
    ours = {"aws:SourceArn": trail_arn(place)}
    return [
        {
            "Sid": "TrailChecks",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:GetBucketAcl",
            "Resource": arn,
            "Condition": {"StringEquals": ours},
        },
        {
            "Sid": "TrailWrites",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": pulumi.Output.concat(arn, f"/AWSLogs/{place.account_id}/*"),
            "Condition": {"StringEquals": {**ours, "s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]
