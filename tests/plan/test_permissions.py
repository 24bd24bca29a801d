"""Permissions that a change widens, in programs before and after it."""

import json

import pytest

from estate.plan.difference import diff

LAKE = "arn:aws:s3:::lake/*"


@pytest.fixture
def widened(planned):
    def compare(before, after):
        base = json.loads(planned(before).text())
        found = diff(base, json.loads(planned(after).text())).widened
        return [(each.subject, each.what, each.principals, each.actions, each.resources) for each in found]

    return compare


def role(policy=None, principal="sagemaker.amazonaws.com", more="", extra=""):
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}],
    }
    text = f"role = aws.iam.Role('jobs', name='jobs', assume_role_policy=json.dumps({trust!r}){more}, opts=opts)\n"
    if policy is not None:
        document = {"Version": "2012-10-17", "Statement": policy}
        text += f"aws.iam.RolePolicy('read', role=role.name, policy=json.dumps({document!r}), opts=opts)\n"
    return text + extra


def allow(*actions, resource=LAKE, effect="Allow", **more):
    return {"Effect": effect, "Action": list(actions), "Resource": resource, **more}


def test_an_action_that_is_added_is_newly_allowed(widened):
    assert widened(role([allow("s3:GetObject")]), role([allow("s3:GetObject", "s3:PutObject")])) == [
        ("role jobs", "newly allowed", (), ("s3:putobject",), (LAKE,))
    ]


def test_an_action_that_a_wildcard_covered_is_not_new(widened):
    assert widened(role([allow("s3:Get*")]), role([allow("s3:GetObject")])) == []


def test_a_statement_that_moves_to_another_policy_of_the_role_is_not_new(widened):
    other = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:GetObject")]})
    moved = f"aws.iam.RolePolicy('other', role=role.name, policy={other!r}, opts=opts)\n"
    assert widened(role([allow("s3:GetObject")]), role(extra=moved)) == []


def test_a_wider_resource_is_newly_allowed(widened):
    assert widened(role([allow("s3:GetObject")]), role([allow("s3:GetObject", resource="*")])) == [
        ("role jobs", "newly allowed", (), ("s3:getobject",), ("*",))
    ]


def test_a_denial_that_goes_widens(widened):
    denied = allow("s3:*", resource="*", effect="Deny")
    assert widened(role([allow("s3:*"), denied]), role([allow("s3:*")])) == [
        ("role jobs", "no longer denied", (), ("s3:*",), ("*",))
    ]


def test_a_denial_under_a_new_condition_widens(widened):
    denied = allow("s3:*", resource="*", effect="Deny")
    narrower = {**denied, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}
    assert [each[1] for each in widened(role([denied]), role([narrower]))] == ["no longer denied in every case"]


def test_a_condition_that_goes_widens(widened):
    guarded = allow("iam:PassRole", resource="*", Condition={"StringEquals": {"iam:PassedToService": "sagemaker"}})
    assert [each[1] for each in widened(role([guarded]), role([allow("iam:PassRole", resource="*")]))] == [
        "a condition was removed or loosened"
    ]


def test_a_new_principal_in_a_trust_policy_widens(widened):
    assert widened(role(principal=["sagemaker.amazonaws.com"]), role(principal=["ec2.amazonaws.com"])) == [
        ("trust of role jobs", "newly allowed", ("Service:ec2.amazonaws.com",), ("sts:assumerole",), ("*",))
    ]


def test_a_boundary_that_goes_widens(widened):
    boundary = ", permissions_boundary='arn:aws:iam::222222222222:policy/boundary'"
    assert [each[1] for each in widened(role(more=boundary), role())] == ["permission boundary removed"]


def test_an_attached_managed_policy_widens(widened):
    attached = (
        "aws.iam.RolePolicyAttachment('admin', role=role.name,"
        " policy_arn='arn:aws:iam::aws:policy/AdministratorAccess', opts=opts)\n"
    )
    assert widened(role(), role(extra=attached)) == [
        ("role jobs", "managed policy attached", (), (), ("arn:aws:iam::aws:policy/AdministratorAccess",))
    ]


def bucket(*statements):
    text = "bucket = aws.s3.Bucket('lake', bucket='lake', opts=opts)\n"
    if statements:
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        text += f"aws.s3.BucketPolicy('rules', bucket=bucket.bucket, policy=json.dumps({document!r}), opts=opts)\n"
    return text


TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": LAKE,
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def test_a_bucket_policy_that_goes_takes_its_denial_along(widened):
    assert widened(bucket(TLS), bucket()) == [("bucket policy rules", "no longer denied", ("*",), ("s3:*",), (LAKE,))]


def test_a_bucket_that_goes_with_its_policy_widens_nothing(widened):
    assert widened(bucket(TLS), "") == []


def test_another_account_in_a_bucket_policy_widens(widened):
    def read(account):
        return {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "s3:GetObject",
            "Resource": LAKE,
        }

    assert widened(bucket(read("222222222222")), bucket(read("222222222222"), read("333333333333"))) == [
        ("bucket policy rules", "newly allowed", ("AWS:account 333333333333",), ("s3:getobject",), (LAKE,))
    ]


def test_a_service_that_may_now_call_a_function_widens(widened):
    allowed = (
        "aws.lambda_.Permission('events', function='retrain', action='lambda:InvokeFunction',"
        " principal='events.amazonaws.com'{}, opts=opts)"
    )
    from_one = allowed.format(", source_arn='arn:aws:events:eu-west-1:222222222222:rule/drift'")
    assert [each[1] for each in widened(from_one, allowed.format(""))] == ["a condition was removed or loosened"]
    assert [each[1] for each in widened("", from_one)] == ["newly allowed"]


def test_a_role_under_an_alias_keeps_its_trust(widened):
    renamed = (
        role()
        .replace("'jobs', name", "'job-role', name")
        .replace("opts=opts)", "opts=pulumi.ResourceOptions(provider=provider, aliases=[pulumi.Alias(name='jobs')]))")
    )
    assert widened(role(), renamed) == []
