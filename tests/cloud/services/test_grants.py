"""Whether a resource policy lets a service in, without a cloud."""

from typing import Any

import pytest

from estate.cloud.services.grants import allows

RULE = "arn:aws:events:eu-west-1:222233334444:rule/r"
OPEN = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
PLAIN = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}


@pytest.mark.parametrize(
    ("statements", "let_in"),
    [
        ([], False),
        ([OPEN], True),
        ([{**OPEN, "Effect": "Deny"}], False),
        ([OPEN, {**OPEN, "Effect": "Deny"}], False),
        ([{**OPEN, "Principal": "*", "Effect": "Deny"}, OPEN], False),
        ([OPEN, PLAIN], True),
        ([{**OPEN, "Principal": {"Service": "sns.amazonaws.com"}}], False),
        ([{**OPEN, "Action": ["sqs:Get*", "sqs:Send*"]}], True),
        ([{**OPEN, "Condition": {"ArnEquals": {"aws:SourceArn": RULE}}}], True),
        ([{**OPEN, "Condition": {"ArnEquals": {"aws:SourceArn": f"{RULE}2"}}}], False),
        ([{**OPEN, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:222233334444:rule/*"}}}], True),
        ([{**OPEN, "Condition": {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}}], False),
    ],
)
def test_a_service_is_let_in_by_what_allows_and_nothing_that_denies(statements: list[Any], let_in: bool) -> None:
    source = {"aws:sourcearn": RULE, "aws:sourceaccount": "222233334444"}
    document = {"Version": "2012-10-17", "Statement": statements}
    assert allows(document, "events.amazonaws.com", "sqs:SendMessage", source) is let_in
