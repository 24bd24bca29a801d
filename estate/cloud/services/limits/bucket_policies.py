"""Bucket policies are read with their conditions.

moto denies every object request under a policy with a `Deny`, whatever the condition says; S3 looks at the request.
"""

import fnmatch
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import has_request_context, request
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

# Condition keys that a request's headers give; https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
HEADERS = {
    "s3:x-amz-server-side-encryption": "x-amz-server-side-encryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "x-amz-server-side-encryption-aws-kms-key-id",
    "s3:x-amz-acl": "x-amz-acl",
    "s3:x-amz-storage-class": "x-amz-storage-class",
}
# The loopback connection stands for the TLS connection that a client of AWS has.
GIVEN = {"aws:securetransport": "true"}

Test = Callable[[str, str], bool]
POSITIVE: dict[str, Test] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": fnmatch.fnmatchcase,
    "ArnEquals": fnmatch.fnmatchcase,
    "ArnLike": fnmatch.fnmatchcase,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
}
NEGATED: dict[str, Test] = {
    "StringNotEquals": POSITIVE["StringEquals"],
    "StringNotEqualsIgnoreCase": POSITIVE["StringEqualsIgnoreCase"],
    "StringNotLike": POSITIVE["StringLike"],
    "ArnNotEquals": POSITIVE["ArnEquals"],
    "ArnNotLike": POSITIVE["ArnLike"],
}


@contextmanager
def conditions_are_read() -> Generator[None]:
    """Within it, moto's buckets decide by their policy's conditions and the request at hand."""
    before = FakeBucket.get_permission
    FakeBucket.get_permission = _permission  # ty: ignore[invalid-assignment]
    try:
        yield
    finally:
        FakeBucket.get_permission = before


def _permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    context = {**GIVEN, **_of_request()}
    results = {s["Effect"] for s in _statements(bucket.policy) if applies(s, action, resource, context)}
    if "Deny" in results:
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if "Allow" in results else PermissionResult.NEUTRAL


def applies(statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether a statement speaks of `action` on `resource` in a request with the condition keys of `context`.

    Who asks is not looked at: IAM is not enforced here. Raises NotImplementedError for an operator that is not read.
    """
    return (
        any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in _list(statement.get("Action", "*")))
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in _list(statement.get("Resource", "*")))
        and all(
            _is_met(operator, context.get(key.lower()), _list(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _is_met(operator: str, value: str | None, wanted: list[str]) -> bool:
    if operator == "Null":
        return (value is None) == (wanted[0].lower() == "true")
    name, optional = operator.removesuffix("IfExists"), operator.endswith("IfExists")
    if name in NEGATED:
        return value is None or not any(NEGATED[name](value, each) for each in wanted)
    if name not in POSITIVE:
        raise NotImplementedError(f"a bucket policy's condition operator {operator} is not read by the emulated S3")
    return optional if value is None else any(POSITIVE[name](value, each) for each in wanted)


def _of_request() -> dict[str, str]:
    if not has_request_context():
        return {}
    return {key: request.headers[header] for key, header in HEADERS.items() if header in request.headers}


def _statements(policy: bytes | str) -> list[Mapping[str, Any]]:
    found = json.loads(policy).get("Statement", [])
    return found if isinstance(found, list) else [found]


def _list(value: Any) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list) else [value])]
