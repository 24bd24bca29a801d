"""The helper for tests of components."""

import pytest
from pulumi import ComponentResource, ResourceOptions
from pulumi_aws import iam, s3

from estate.engine.program import ProgramError
from estate.plan.record import record


def program() -> None:
    holder = ComponentResource("a:b:Holder", "holder", {})
    bucket = s3.Bucket("data", opts=ResourceOptions(parent=holder))
    s3.BucketPolicy("policy", bucket=bucket.id, policy=bucket.arn, opts=ResourceOptions(parent=holder))
    iam.Role("role", assume_role_policy="{}", name="r")


def test_outputs_are_known_and_those_of_the_resource():
    result = record(program)
    data = result.made("data")

    assert result.named("policy").inputs == {"bucket": data.id, "policy": f"arn:aws:s3:::{data.id}"}


def test_goals_are_found_by_name_and_type():
    result = record(program)

    assert result.one("aws:iam/role:Role").name == "role"
    assert [goal.name for goal in result.of_type("aws:s3/bucket:Bucket")] == ["data"]
    assert result.named("data").urn == "urn:pulumi:test::mlops-estate::a:b:Holder$aws:s3/bucket:Bucket::data"


@pytest.mark.parametrize(
    ("find", "message"),
    [
        (lambda r: r.named("nope"), r"0 resources named 'nope'; there are: holder \(a:b:Holder\), data"),
        (lambda r: r.one("aws:sqs/queue:Queue"), "0 resources of type aws:sqs/queue:Queue"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(find, message):
    with pytest.raises(LookupError, match=message):
        find(record(program))


def test_an_error_of_the_program_is_the_cause():
    def broken() -> None:
        raise ValueError("no zone")

    with pytest.raises(ProgramError, match="ValueError: no zone") as raised:
        record(broken)
    assert isinstance(raised.value.__cause__, ValueError)


def test_nothing_can_be_looked_up():
    def looks_up() -> None:
        iam.get_role(name="x")

    with pytest.raises(
        ProgramError, match=r"^aws:iam/getRole:getRole could not be answered: its answer is in an account only"
    ):
        record(looks_up)
