"""Buckets, their sub-resources, and parameters.

Buckets are only ever called through the operations that stand here: an emulator that does not know one may take the
bucket itself for what is meant.
"""

from collections.abc import Callable, Mapping
from typing import Any

from estate.cloud.resources.emptying import empty_bucket
from estate.cloud.resources.row import Row, Step, Values, Wait
from estate.cloud.resources.template import At

_BUCKET = {"Bucket": "{in.bucket}"}
_NO_BUCKET = ("NoSuchBucket", "404")


def _part(
    kind: str,
    put: str,
    get: str,
    delete: Step,
    changes: tuple[str, ...],
    *,
    at: str = "@",
    missing: str | None = None,
    names: Mapping[str, str] = {},
    via: Mapping[str, Callable[[Any], Values]] = {},
    defaults: Values = {},  # noqa: B006
    local: tuple[str, ...] = (),
    owner: bool = True,
    gone_when: Wait | None = None,
    seen: Mapping[str, str] = {},
    cloudformation: str = "AWS::S3::Bucket",
) -> Row:
    """A part of a bucket that is a resource of its own: one call puts all of it, its id is the bucket's name."""
    return Row(
        f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}",
        "s3",
        Step(put, names=names, via=via),
        id="{in.bucket}",
        read=(Step(get, (), _BUCKET, at=at),),
        update=(Step(put, changes, _BUCKET, names, via),),
        delete=(delete,),
        defaults=defaults,
        fixed=("bucket", "expectedBucketOwner") if owner else ("bucket",),
        local=local,
        gone=(*_NO_BUCKET, missing) if missing else _NO_BUCKET,
        gone_when=gone_when,
        seen={"bucket": "id", **seen},
        cloudformation=cloudformation,
    )


def _notices(member: str, arn: str) -> Callable[[list[Values]], Values]:
    """Notifications to one kind of receiver, with their filters in S3's form."""

    def convert(items: list[Values]) -> Values:
        return {"NotificationConfiguration": {member: [_notice(item, arn) for item in items]}}

    return convert


def _notice(item: Values, arn: str) -> Values:
    key = arn[0].lower() + arn[1:]
    rules = [
        {"Name": name, "Value": item[given]}
        for name, given in (("prefix", "filterPrefix"), ("suffix", "filterSuffix"))
        if item.get(given)
    ]
    return {
        **({"Id": item["id"]} if item.get("id") else {}),
        arn: item[key],
        "Events": list(item["events"]),
        **({"Filter": {"Key": {"FilterRules": rules}}} if rules else {}),
    }


ROWS = (
    Row(
        "aws:s3/bucket:Bucket",
        "s3",
        Step(
            "CreateBucket",
            ("bucket", "objectLockEnabled"),
            {"CreateBucketConfiguration": At("region != 'us-east-1' && {LocationConstraint: region} || null")},
            {"objectLockEnabled": "ObjectLockEnabledForBucket"},
        ),
        follow=(Step("PutBucketTagging", ("tags",), {"Bucket": "{id}"}, {"tags": "Tagging.TagSet"}),),
        id="{in.bucket}",
        read=(
            Step("HeadBucket", (), {"Bucket": "{id}"}),
            Step("GetBucketTagging", (), {"Bucket": "{id}"}, missing=("NoSuchTagSet",)),
            Step(
                "GetObjectLockConfiguration",
                (),
                {"Bucket": "{id}"},
                missing=("ObjectLockConfigurationNotFoundError",),
            ),
        ),
        update=(
            Step(
                "DeleteBucketTagging",
                ("tags",),
                {"Bucket": "{id}"},
                when=lambda values: not values.get("tags"),
                build=lambda _, __: {},
            ),
        ),
        delete=(Step("DeleteBucket", (), {"Bucket": "{id}"}),),
        outputs={
            "arn": "arn:{partition}:s3:::{id}",
            "bucketDomainName": "{id}.s3.amazonaws.com",
            "bucketRegionalDomainName": "{id}.s3.{region}.amazonaws.com",
            "bucketRegion": "{region}",
        },
        name="bucket",
        fixed=("bucket", "objectLockEnabled"),
        local=("forceDestroy",),
        clear=empty_bucket,
        gone=_NO_BUCKET,
        seen={
            "bucket": "id",
            "tags": "TagSet",
            "objectLockEnabled": "ObjectLockConfiguration.ObjectLockEnabled == 'Enabled'",
        },
        cloudformation="AWS::S3::Bucket",
    ),
    _part(
        "BucketVersioning",
        "PutBucketVersioning",
        "GetBucketVersioning",
        Step("PutBucketVersioning", (), {**_BUCKET, "VersioningConfiguration": {"Status": "Suspended"}}),
        ("versioningConfiguration", "mfa"),
        names={"versioningConfiguration.mfaDelete": "MFADelete"},
        gone_when=Wait("Status", frozenset({"Suspended"})),
    ),
    _part(
        "BucketServerSideEncryptionConfiguration",
        "PutBucketEncryption",
        "GetBucketEncryption",
        Step("DeleteBucketEncryption", (), _BUCKET),
        ("rules",),
        at="ServerSideEncryptionConfiguration",
        missing="ServerSideEncryptionConfigurationNotFoundError",
        names={"rules.applyServerSideEncryptionByDefault.kmsMasterKeyId": "KMSMasterKeyID"},
    ),
    _part(
        "BucketLifecycleConfiguration",
        "PutBucketLifecycleConfiguration",
        "GetBucketLifecycleConfiguration",
        Step("DeleteBucketLifecycle", (), _BUCKET),
        ("rules", "transitionDefaultMinimumObjectSize"),
        missing="NoSuchLifecycleConfiguration",
        names={"rules.id": "ID"},
    ),
    _part(
        "BucketPublicAccessBlock",
        "PutPublicAccessBlock",
        "GetPublicAccessBlock",
        Step("DeletePublicAccessBlock", (), _BUCKET, when=lambda values: not values.get("skipDestroy")),
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"),
        at="PublicAccessBlockConfiguration",
        missing="NoSuchPublicAccessBlockConfiguration",
        local=("skipDestroy",),
        owner=False,
    ),
    _part(
        "BucketPolicy",
        "PutBucketPolicy",
        "GetBucketPolicy",
        Step("DeleteBucketPolicy", (), _BUCKET),
        ("policy",),
        missing="NoSuchBucketPolicy",
        cloudformation="AWS::S3::BucketPolicy",
        owner=False,
    ),
    _part(
        "BucketLogging",
        "PutBucketLogging",
        "GetBucketLogging",
        Step("PutBucketLogging", (), {**_BUCKET, "BucketLoggingStatus": {}}),
        ("targetBucket", "targetPrefix", "targetGrants", "targetObjectKeyFormat"),
        at="LoggingEnabled",
        names={
            name: f"BucketLoggingStatus.LoggingEnabled.{name[0].upper()}{name[1:]}"
            for name in ("targetBucket", "targetPrefix", "targetGrants", "targetObjectKeyFormat")
        }
        | {"targetObjectKeyFormat.simplePrefix": "SimplePrefix"},
    ),
    _part(
        "BucketOwnershipControls",
        "PutBucketOwnershipControls",
        "GetBucketOwnershipControls",
        Step("DeleteBucketOwnershipControls", (), _BUCKET),
        ("rule",),
        at="OwnershipControls",
        missing="OwnershipControlsNotFoundError",
        names={"rule": "OwnershipControls.Rules"},
        owner=False,
    ),
    _part(
        "BucketObjectLockConfiguration",
        "PutObjectLockConfiguration",
        "GetObjectLockConfiguration",
        Step(
            "PutObjectLockConfiguration", (), {**_BUCKET, "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}
        ),
        ("objectLockEnabled", "rule", "token"),
        at="ObjectLockConfiguration.Rule && ObjectLockConfiguration || `null`",
        missing="ObjectLockConfigurationNotFoundError",
        defaults={"objectLockEnabled": "Enabled"},
    ),
    _part(
        "BucketNotification",
        "PutBucketNotificationConfiguration",
        "GetBucketNotificationConfiguration",
        Step("PutBucketNotificationConfiguration", (), {**_BUCKET, "NotificationConfiguration": {}}),
        ("eventbridge", "lambdaFunctions", "queues", "topics"),
        via={
            "eventbridge": lambda on: {"NotificationConfiguration": {"EventBridgeConfiguration": {}} if on else {}},
            "lambdaFunctions": _notices("LambdaFunctionConfigurations", "LambdaFunctionArn"),
            "queues": _notices("QueueConfigurations", "QueueArn"),
            "topics": _notices("TopicConfigurations", "TopicArn"),
        },
        at="(LambdaFunctionConfigurations || TopicConfigurations || QueueConfigurations || "
        "EventBridgeConfiguration != `null`) && @ || `null`",
        owner=False,
        seen={"eventbridge": "EventBridgeConfiguration != `null`"},
    ),
    Row(
        "aws:ssm/parameter:Parameter",
        "ssm",
        Step("PutParameter", names={"insecureValue": "Value"}),
        id="{in.name}",
        read=(
            Step("GetParameter", (), {"Name": "{id}", "WithDecryption": True}, at="Parameter"),
            Step(
                "DescribeParameters",
                (),
                {"ParameterFilters": [{"Key": "Name", "Values": ["{id}"]}]},
                at="Parameters[0]",
            ),
        ),
        update=(
            Step(
                "PutParameter",
                ("value", "insecureValue", "description", "keyId", "tier", "allowedPattern", "type"),
                {"Name": "{id}", "Overwrite": True},
                {"insecureValue": "Value"},
            ),
        ),
        delete=(Step("DeleteParameter", (), {"Name": "{id}"}),),
        outputs={"arn": "{read.ARN}", "version": "{read.Version}"},
        name="name",
        defaults={"tier": "Standard", "dataType": "text"},
        fixed=("name", "dataType"),
        local=("overwrite",),
        gone=("ParameterNotFound",),
        seen={"insecureValue": "Value", "allowedPattern": "AllowedPattern"},
        cloudformation="AWS::SSM::Parameter",
    ),
)
