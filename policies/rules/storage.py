"""Rules over buckets."""

from collections.abc import Iterator

from .rule import Severity, rule
from .values import Inputs, document, items, record

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
PUBLIC_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"


@rule(
    id="storage-tls-only",
    on=BUCKET_POLICY,
    title="Buckets refuse requests without TLS.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(e)(1)", "ISO27001-A.8.24", "SOC2-CC6.7"),
    fix="Deny s3:* where aws:SecureTransport is false, on the bucket and its objects.",
)
def tls_only(inputs: Inputs) -> Iterator[str]:
    for statement in items(document(inputs["policy"]).get("Statement")):
        transport = record(record(statement.get("Condition")).get("Bool")).get("aws:SecureTransport")
        everyone = statement.get("Principal") in ("*", {"AWS": "*"})
        everything = "s3:*" in items(statement.get("Action")) and len(items(statement.get("Resource"))) > 1
        if statement.get("Effect") == "Deny" and str(transport).lower() == "false" and everyone and everything:
            return
    yield "requests without TLS are not denied"


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
