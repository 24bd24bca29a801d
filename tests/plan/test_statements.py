"""What one policy allows that another does not."""

import pytest

from estate.plan.statements import covers, looser, missing, overlap, statements


def policy(action="s3:GetObject", resource="arn:aws:s3:::lake/*", effect="Allow", **more):
    return {"Statement": [{"Effect": effect, "Action": action, "Resource": resource, **more}]}


def gaps(given, wanted):
    return [
        (gap.actions, gap.resources, gap.principals, gap.conditional)
        for gap in missing(statements(wanted), statements(given))
    ]


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("s3:Get*", "s3:GetObject", True),
        ("s3:GetObject", "s3:Get*", False),
        ("*", "s3:*", True),
        ("s3:*", "*", False),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:Get?bject", "s3:Get*bject", False),
        ("arn:aws:s3:::lake/*", "arn:aws:s3:::lake/raw/*", True),
        ("arn:aws:s3:::lake/raw/*", "arn:aws:s3:::lake/*", False),
        ("AWS:account 111111111111", "AWS:arn:aws:iam::111111111111:role/jobs", True),
        ("AWS:account 111111111111", "AWS:arn:aws:iam::222222222222:role/jobs", False),
    ],
)
def test_a_pattern_covers_what_it_matches_in_every_case(wide, narrow, expected):
    assert covers(wide, narrow) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("s3:*", "*:GetObject", True), ("s3:Get*", "s3:Put*", False), ("s3:GetObject", "s3:Get?bject", True)],
)
def test_patterns_overlap_where_some_text_fits_both(one, other, expected):
    assert overlap(one, other) is expected


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ({}, {"Bool": {"aws:mfa": ["true"]}}, True),
        ({"Bool": {"aws:mfa": ["true"]}}, {}, False),
        ({"StringEquals": {"k": ["a", "b"]}}, {"StringEquals": {"k": ["a"]}}, True),
        ({"StringEquals": {"k": ["a"]}}, {"StringEquals": {"k": ["a", "b"]}}, False),
        ({"StringNotEquals": {"k": ["a"]}}, {"StringNotEquals": {"k": ["a", "b"]}}, True),
        ({"StringNotEquals": {"k": ["a", "b"]}}, {"StringNotEquals": {"k": ["a"]}}, False),
        ({"StringLike": {"k": ["repo:o/*"]}}, {"StringLike": {"k": ["repo:o/r"]}}, True),
        ({"NumericLessThan": {"k": ["5"]}}, {"NumericLessThan": {"k": ["6"]}}, False),
    ],
)
def test_a_condition_is_looser_where_it_lets_all_of_the_other_through(mine, theirs, expected):
    assert looser(mine, theirs) is expected


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (policy("s3:*"), policy("s3:GetObject")),
        (policy("S3:getobject"), policy("s3:GetObject")),
        (policy(["s3:PutObject", "s3:GetObject"]), policy("s3:GetObject")),
        (policy(resource="*"), policy()),
        (policy(), policy(Condition={"Bool": {"aws:SecureTransport": "true"}})),
        ({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}, policy("s3:GetObject")),
    ],
)
def test_what_is_covered_is_no_gap(given, wanted):
    assert gaps(given, wanted) == []


@pytest.mark.parametrize(
    ("given", "wanted", "gap"),
    [
        (
            policy("s3:GetObject"),
            policy(["s3:GetObject", "s3:PutObject"]),
            (("s3:putobject",), ("arn:aws:s3:::lake/*",), ("*",), False),
        ),
        (policy(), policy(resource="*"), (("s3:getobject",), ("*",), ("*",), False)),
        (
            policy(Principal={"Service": "glue.amazonaws.com"}),
            policy(Principal={"Service": "glue.amazonaws.com", "AWS": "arn:aws:iam::222222222222:root"}),
            (("s3:getobject",), ("arn:aws:s3:::lake/*",), ("AWS:account 222222222222",), False),
        ),
        (
            policy(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
            policy(),
            (("s3:getobject",), ("arn:aws:s3:::lake/*",), ("*",), True),
        ),
        (policy("iam:PassRole"), policy("iam:*"), (("iam:*",), ("arn:aws:s3:::lake/*",), ("*",), False)),
    ],
)
def test_a_gap_names_only_what_is_new(given, wanted, gap):
    assert gaps(given, wanted) == [gap]


def test_everything_but_some_actions_is_a_gap_where_the_exceptions_shrink():
    def but(*actions):
        return {"Statement": {"Effect": "Allow", "NotAction": list(actions), "Resource": "*"}}

    assert gaps(but("iam:*", "kms:*"), but("iam:*")) == [(("everything but iam:*",), ("*",), ("*",), False)]
    assert gaps(but("iam:*"), but("iam:*", "kms:*")) == []


def test_text_that_is_no_policy_has_no_statements():
    assert statements("not json") == []
