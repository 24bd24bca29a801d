import pytest

from estate.cloud.services.limits.bucket_policies import applies

OBJECT = "arn:aws:s3:::lake/rows/1.parquet"
TLS = {"aws:securetransport": "true"}


def statement(condition, action="s3:*", resource="arn:aws:s3:::lake/*"):
    return {"Effect": "Deny", "Action": action, "Resource": resource, "Condition": condition}


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        ({"Bool": {"aws:SecureTransport": "false"}}, TLS, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, TLS, True),
        ({"StringNotEquals": {"s3:x-amz-acl": "private"}}, {}, True),
        ({"StringNotEquals": {"s3:x-amz-acl": ["private", "public-read"]}}, {"s3:x-amz-acl": "public-read"}, False),
        ({"StringEquals": {"s3:x-amz-acl": "private"}}, {}, False),
        ({"StringEqualsIfExists": {"s3:x-amz-acl": "private"}}, {}, True),
        ({"Null": {"s3:x-amz-acl": "false"}, "StringNotEquals": {"s3:x-amz-acl": "private"}}, {}, False),
        ({"Null": {"s3:x-amz-acl": "true"}}, {}, True),
        ({"StringLike": {"s3:x-amz-acl": "bucket-*"}}, {"s3:x-amz-acl": "bucket-owner-read"}, True),
        ({}, {}, True),
    ],
)
def test_a_statement_speaks_where_all_its_conditions_are_met(condition, context, expected):
    assert applies(statement(condition), "s3:PutObject", OBJECT, context) is expected


@pytest.mark.parametrize(
    "changed", [{"action": "s3:GetObject"}, {"resource": "arn:aws:s3:::other/*"}, {"resource": "arn:aws:s3:::lake"}]
)
def test_a_statement_is_silent_on_other_actions_and_resources(changed):
    assert not applies(statement({}, **changed), "s3:PutObject", OBJECT, {})


def test_an_operator_that_is_not_read_is_named():
    with pytest.raises(NotImplementedError, match="NumericLessThan"):
        applies(statement({"NumericLessThan": {"s3:max-keys": "10"}}), "s3:ListBucket", OBJECT, {"s3:max-keys": "1"})
