"""What every bucket of the estate has in common."""

from collections.abc import Callable, Sequence

import pulumi
from pulumi_aws import s3

from components.base import Component

Options = Callable[..., pulumi.ResourceOptions]


def harden(
    parent: Component,
    bucket: s3.Bucket,
    policy: pulumi.Input[str],
    encryption: s3.BucketServerSideEncryptionConfigurationRuleArgsDict,
    lifecycle: s3.BucketLifecycleConfigurationRuleArgsDict,
    options: Options | None = None,
    more_lifecycle: Sequence[s3.BucketLifecycleConfigurationRuleArgsDict] = (),
) -> pulumi.Output[str]:
    """Versions, encrypts and expires the objects of `bucket`, closes it to the public, and sets its policy.

    A bucket has one set of lifecycle rules: `lifecycle`, and `more_lifecycle` where there are more. `options` makes the
    children's options; by default they guard what a protected environment keeps. Returns the bucket's name, which hangs
    on its policy too: services that write to it check first whether they may.
    """
    name, child = parent.name, options or parent.guarding_child
    s3.BucketVersioning(
        f"{name}-versioning",
        bucket=bucket.bucket,
        versioning_configuration={"status": "Enabled"},
        opts=child(),
    )
    s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption", bucket=bucket.bucket, rules=[encryption], opts=child()
    )
    s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle", bucket=bucket.bucket, rules=[lifecycle, *more_lifecycle], opts=child()
    )
    s3.BucketOwnershipControls(
        f"{name}-ownership",
        bucket=bucket.bucket,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=child(),
    )
    blocked = s3.BucketPublicAccessBlock(
        f"{name}-private",
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child(),
    )
    access = s3.BucketPolicy(
        f"{name}-policy",
        bucket=bucket.bucket,
        policy=policy,
        opts=child(depends_on=[blocked]),  # S3 refuses two changes of a bucket's access at a time
    )
    return pulumi.Output.all(bucket.bucket, access.bucket).apply(lambda names: names[0])


def key_encryption(key_arn: pulumi.Input[str]) -> s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    """Encrypts with a customer-managed key, asking KMS once for many objects."""
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn},
        "bucket_key_enabled": True,
    }


def s3_encryption() -> s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    """Encrypts with keys that S3 owns, for the few writers that can use no other."""
    return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
