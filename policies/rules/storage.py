"""Rules over buckets."""

from collections.abc import Iterator

from .neighbours import belonging, points_at
from .rule import Resource, Severity, Stack, rule, stack_rule
from .statements import allowed, statements
from .values import Inputs, items, record

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
PUBLIC_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


@rule(
    id="storage-tls-only",
    on=BUCKET_POLICY,
    title="Buckets refuse requests without TLS.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(e)(1)", "ISO27001-A.8.24", "SOC2-CC6.7"),
    fix="Deny s3:* to everyone where aws:SecureTransport is false, on the bucket and its objects.",
)
def tls_only(inputs: Inputs) -> Iterator[str]:
    for each in statements(inputs["policy"]):
        plain = each.conditions.get("Bool", {}).get("aws:securetransport", ())
        if not each.allows and each.anyone and [value.lower() for value in plain] == ["false"]:
            everything = "s3:*" in each.actions or each.any_action
            if everything and (each.any_resource or _bucket_and_objects(each.resources)):
                return
    yield "requests without TLS are not denied"


def _bucket_and_objects(resources: tuple[str, ...]) -> bool:
    return any(f"{bucket}/*" in resources for bucket in resources)


@rule(
    id="storage-policy-not-public",
    on=BUCKET_POLICY,
    title="No bucket policy lets everyone in.",
    severity=Severity.CRITICAL,
    controls=("GDPR-25", "GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(1)", "ISO27001-A.8.3", "SOC2-CC6.1"),
    fix="Name the principals, or limit the statement by aws:SourceAccount, aws:SourceArn or aws:PrincipalOrgID.",
)
def policy_not_public(inputs: Inputs) -> Iterator[str]:
    for each in allowed(inputs["policy"]):
        limits = ("aws:SourceAccount", "aws:SourceArn", "aws:PrincipalOrgID", "aws:PrincipalArn", "aws:SourceVpce")
        if each.anyone and not each.conditioned_on(*limits):
            yield f"everyone is allowed {', '.join(each.actions)}"


@rule(
    id="storage-public-access-blocked",
    on=PUBLIC_ACCESS_BLOCK,
    title="Buckets block every kind of public access.",
    severity=Severity.CRITICAL,
    controls=("GDPR-25", "GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(1)", "ISO27001-A.8.3", "SOC2-CC6.1"),
    fix="Set blockPublicAcls, blockPublicPolicy, ignorePublicAcls and restrictPublicBuckets to true.",
)
def public_access_blocked(inputs: Inputs) -> Iterator[str]:
    for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
        if inputs.get(name) is not True:
            yield f"{name} is not true"


@stack_rule(
    id="storage-private",
    on=BUCKET,
    title="Every bucket has a block of public access.",
    severity=Severity.CRITICAL,
    controls=("GDPR-25", "CCPA-1798.150", "HIPAA-164.312(a)(1)", "ISO27001-A.8.3", "SOC2-CC6.1"),
    fix="Add a BucketPublicAccessBlock for the bucket.",
)
def private(bucket: Resource, stack: Stack) -> Iterator[str]:
    if not belonging(stack, PUBLIC_ACCESS_BLOCK, "bucket", bucket):
        yield "no BucketPublicAccessBlock belongs to it"


@stack_rule(
    id="storage-has-policy",
    on=BUCKET,
    title="Every bucket has a policy, which refuses requests without TLS.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(e)(1)", "ISO27001-A.8.24", "SOC2-CC6.7"),
    fix="Add a BucketPolicy that denies requests without TLS.",
)
def has_policy(bucket: Resource, stack: Stack) -> Iterator[str]:
    if not belonging(stack, BUCKET_POLICY, "bucket", bucket):
        yield "no BucketPolicy belongs to it"


@stack_rule(
    id="storage-versioned",
    on=BUCKET,
    title="Every bucket keeps old versions.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.308(a)(7)", "HIPAA-164.312(c)(1)", "SOX-802", "ISO27001-A.8.13", "SOC2-A1.2"),
    fix="Add a BucketVersioning with status Enabled for the bucket.",
)
def versioned(bucket: Resource, stack: Stack) -> Iterator[str]:
    found = belonging(stack, VERSIONING, "bucket", bucket)
    if not any(record(each.values["versioningConfiguration"]).get("status") == "Enabled" for each in found):
        yield "old versions are not kept"


@stack_rule(
    id="storage-encrypted",
    on=BUCKET,
    title="Every bucket encrypts with a key of the customer; what receives access logs, as S3 demands, with S3's own.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Add a BucketServerSideEncryptionConfiguration with aws:kms and a key; AES256 for a target of access logs.",
)
def encrypted(bucket: Resource, stack: Stack) -> Iterator[str]:
    found = belonging(stack, ENCRYPTION, "bucket", bucket)
    if not found:
        yield "no BucketServerSideEncryptionConfiguration belongs to it"
    target = _receives_access_logs(bucket, stack)
    for each in found:
        for entry in items(each.values["rules"]):
            default = record(entry.get("applyServerSideEncryptionByDefault"))
            algorithm = default.get("sseAlgorithm")
            if target:
                # S3 delivers access logs to no bucket that encrypts with KMS.
                if algorithm != "AES256":
                    yield f"it receives access logs and encrypts with {algorithm}; S3 can only deliver to AES256"
            elif algorithm not in ("aws:kms", "aws:kms:dsse") or "kmsMasterKeyId" not in default:
                yield f"it encrypts with {algorithm} and without a key of the customer"


@stack_rule(
    id="storage-access-logged",
    on=BUCKET,
    title="Access to every bucket is logged.",
    severity=Severity.MEDIUM,
    controls=("GDPR-30", "GDPR-33", "HIPAA-164.312(b)", "ISO27001-A.8.15", "SOC2-CC7.2"),
    fix="Add a BucketLogging for the bucket.",
)
def access_logged(bucket: Resource, stack: Stack) -> Iterator[str]:
    if not belonging(stack, LOGGING, "bucket", bucket) and not _receives_access_logs(bucket, stack):
        yield "access to it is not logged"


@stack_rule(
    id="storage-lifecycle",
    on=BUCKET,
    title="Every bucket says how long old versions stay.",
    severity=Severity.LOW,
    controls=("GDPR-5", "CCPA-1798.100", "ISO27001-A.8.10", "SOC2-CC6.7"),
    fix="Add a BucketLifecycleConfiguration that expires noncurrent versions.",
)
def lifecycle(bucket: Resource, stack: Stack) -> Iterator[str]:
    entries = (
        entry
        for each in belonging(stack, LIFECYCLE, "bucket", bucket)
        for entry in items(each.values["rules"])
        if entry.get("status") == "Enabled"
    )
    if not any(entry.get("noncurrentVersionExpiration") is not None for entry in entries):
        yield "old versions stay for ever"


def _receives_access_logs(bucket: Resource, stack: Stack) -> bool:
    return any(points_at(each, "targetBucket", bucket) for each in stack.of(LOGGING))
