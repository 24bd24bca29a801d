"""One zone of the data lake."""

from collections.abc import Mapping
from enum import StrEnum

import pulumi
from pulumi_aws import s3
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, document, tls_only
from components.names import Limit
from components.roles import inline_policy
from components.storage.private_bucket import harden, key_encryption

ENCRYPTION = "s3:x-amz-server-side-encryption"
ENCRYPTION_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"


class Zone(StrEnum):
    """What a lake bucket holds; decides how long old versions stay."""

    RAW = "raw"
    CURATED = "curated"
    FEATURES = "features"
    MODELS = "models"


# Raw data can be landed again from its source; models are evidence of past decisions.
NONCURRENT_DAYS = {Zone.RAW: 30, Zone.CURATED: 90, Zone.FEATURES: 90, Zone.MODELS: 730}

READ = ["s3:GetObject", "s3:GetObjectVersion"]
READ_KEY = ["kms:Decrypt"]
WRITE = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
# S3 decrypts the parts of a multipart upload in the writer's name.
WRITE_KEY = ["kms:Decrypt", "kms:GenerateDataKey"]


class LakeBucketArgs(Args):
    placement: Placement
    zone: Zone = Field(description="What the bucket holds.")
    key_arn: pulumi.Input[str] = Field(description="KMS key that encrypts every object.")
    other_key_arns: tuple[pulumi.Input[str], ...] = Field(
        default=(),
        description="Keys that a request may name besides, such as that of a job's outputs; none by default.",
    )
    log_bucket: pulumi.Input[str] | None = Field(
        default=None, description="Bucket that receives access logs; without one, no access logs are written."
    )
    noncurrent_days: int | None = Field(
        default=None, ge=1, description="Days that replaced or deleted versions stay; by default the zone decides."
    )
    retention_days: int | None = Field(
        default=None, ge=1, description="Days after which every object expires; by default none does."
    )
    expiring: Mapping[str, int] = Field(
        default={}, description="Days after which objects under a prefix expire, such as results of queries."
    )
    tiering: bool = Field(
        default=False, description="Move objects of 128 KB and more into S3's tiers by use, which all answer at once."
    )


class LakeBucket(Component):
    """A versioned, private bucket that speaks TLS only and takes objects under the estate's keys only."""

    bucket: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: LakeBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:storage:LakeBucket", name, args.placement, opts)
        place = args.placement
        self._key_arns = [args.key_arn, *args.other_key_arns]
        bucket = s3.Bucket(
            f"{name}-bucket",
            bucket=place.named(args.zone, place.account_id, place.region, limit=Limit.S3_BUCKET),
            force_destroy=not place.protected,
            tags={"zone": args.zone},
            opts=self.stateful_child(),
        )
        self.arn = bucket.arn
        self.bucket = harden(
            self,
            bucket,
            policy=document(tls_only(bucket.arn), *_these_keys_only(bucket.arn, self._key_arns)),
            encryption=key_encryption(args.key_arn),
            lifecycle=_expire_old_versions(args),
            more_lifecycle=[*_expire(args), *_tier(args)],
        )
        if args.log_bucket is not None:
            s3.BucketLogging(
                f"{name}-access-logs",
                bucket=bucket.bucket,
                target_bucket=args.log_bucket,
                target_prefix=f"{name}/",
                opts=self.child(),
            )
        self.register_outputs({"bucket": self.bucket, "arn": self.arn})

    def grant_read(self, grantee: str, role_name: pulumi.Input[str]) -> None:
        """Lets a role list the bucket and read its objects. `grantee` names the grant; give each role its own."""
        self._grant("read", grantee, role_name, READ, READ_KEY, "*")

    def grant_write(self, grantee: str, role_name: pulumi.Input[str], objects: str = "*") -> None:
        """Lets a role add and replace objects, which it cannot read; with versions kept, it can lose nothing.

        `objects` is a pattern of keys; by default all.
        """
        self._grant("write", grantee, role_name, WRITE, WRITE_KEY, objects)

    def grant_read_write(self, grantee: str, role_name: pulumi.Input[str]) -> None:
        """Both, in one policy: a role's inline policies hold 10,240 characters at most."""
        self._grant("use", grantee, role_name, [*READ, *WRITE], WRITE_KEY, "*")

    def _grant(
        self,
        verb: str,
        grantee: str,
        role_name: pulumi.Input[str],
        actions: list[str],
        key_actions: list[str],
        objects: str,
    ) -> None:
        inline_policy(
            self,
            role_name,
            f"{self.name}-{verb}-{grantee}",
            {"Effect": "Allow", "Action": ["s3:GetBucketLocation", "s3:ListBucket"], "Resource": self.arn},
            {"Effect": "Allow", "Action": actions, "Resource": pulumi.Output.concat(self.arn, f"/{objects}")},
            {"Effect": "Allow", "Action": key_actions, "Resource": self._key_arns},
            suffix=f"{verb}-{grantee}",
        )


def _expire_old_versions(args: LakeBucketArgs) -> s3.BucketLifecycleConfigurationRuleArgsDict:
    days = NONCURRENT_DAYS[args.zone] if args.noncurrent_days is None else args.noncurrent_days
    return {
        "id": "expire-old-versions",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrent_version_expiration": {"noncurrent_days": days},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
    }


def _expire(args: LakeBucketArgs) -> list[s3.BucketLifecycleConfigurationRuleArgsDict]:
    """An object that expires becomes an old version, and is gone when old versions are."""
    prefixes = {**args.expiring, **({} if args.retention_days is None else {"": args.retention_days})}
    return [
        {
            "id": f"expire-{prefix.strip('/').replace('/', '-') or 'all'}",
            "status": "Enabled",
            "filter": {"prefix": prefix},
            "expiration": {"days": days},
        }
        for prefix, days in prefixes.items()
    ]


def _tier(args: LakeBucketArgs) -> list[s3.BucketLifecycleConfigurationRuleArgsDict]:
    """Without S3's archive tiers, which are a configuration of their own: what is archived must be restored before a
    job can read it, and every zone is read by jobs."""
    if not args.tiering:
        return []
    return [
        {
            "id": "tier-by-use",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "transitions": [{"days": 0, "storage_class": "INTELLIGENT_TIERING"}],
        }
    ]


def _these_keys_only(arn: pulumi.Output[str], key_arns: list[pulumi.Input[str]]) -> list[Statement]:
    """A request that names no encryption gets the bucket's; one that names another is denied."""
    objects = pulumi.Output.concat(arn, "/*")
    return [
        {
            "Sid": "NoOtherEncryption",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "s3:PutObject",
            "Resource": objects,
            "Condition": {"Null": {ENCRYPTION: "false"}, "StringNotEquals": {ENCRYPTION: "aws:kms"}},
        },
        {
            "Sid": "NoOtherKey",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "s3:PutObject",
            "Resource": objects,
            "Condition": {"Null": {ENCRYPTION_KEY: "false"}, "StringNotEquals": {ENCRYPTION_KEY: key_arns}},
        },
    ]
