"""What a program registers where nothing exists yet."""

import pytest

from estate.engine.program import ProgramError
from estate.engine.resource import UNKNOWN, Secret

STACK = "urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev"
NESTED = """
    class Inner(ComponentResource):
        def __init__(self, name, opts):
            super().__init__("estate:test:Inner", name, {}, opts)
            s3.Bucket(f"{name}-bucket", opts=ResourceOptions(parent=self))

    class Outer(ComponentResource):
        def __init__(self, name):
            super().__init__("estate:test:Outer", name, {})
            Inner(f"{name}-inner", ResourceOptions(parent=self))

    Outer("outer")
"""


def test_urns_carry_the_types_of_all_parents_but_the_stack(bench):
    result = bench.preview(NESTED)

    assert [(goal.urn, goal.parent) for goal in result.goals] == [
        ("urn:pulumi:dev::demo::estate:test:Outer::outer", STACK),
        (
            "urn:pulumi:dev::demo::estate:test:Outer$estate:test:Inner::outer-inner",
            "urn:pulumi:dev::demo::estate:test:Outer::outer",
        ),
        (
            "urn:pulumi:dev::demo::estate:test:Outer$estate:test:Inner$aws:s3/bucket:Bucket::outer-inner-bucket",
            "urn:pulumi:dev::demo::estate:test:Outer$estate:test:Inner::outer-inner",
        ),
    ]


def test_an_output_that_is_an_input_is_known_and_every_other_is_not(bench):
    result = bench.preview("""
        bucket = s3.Bucket("data", bucket="named")
        s3.BucketPolicy("policy", bucket=bucket.bucket, policy=bucket.arn)
        pulumi.export("name", bucket.bucket)
        pulumi.export("arn", bucket.arn)
        pulumi.export("id", bucket.id)
    """)

    assert result.named("policy").inputs == {"bucket": "named", "policy": UNKNOWN}
    assert result.deployment.outputs == {"name": "named", "arn": UNKNOWN, "id": UNKNOWN}
    assert result.deployment.states == {}


def test_what_is_made_inside_an_apply_of_an_unknown_is_not_registered(bench):
    result = bench.preview("""
        bucket = s3.Bucket("data")
        bucket.arn.apply(lambda arn: s3.Bucket("late"))
    """)

    assert [goal.name for goal in result.goals] == ["data"]


def test_dependencies_come_from_inputs_and_from_options(bench):
    result = bench.preview("""
        first = s3.Bucket("first")
        second = s3.Bucket("second", opts=ResourceOptions(depends_on=[first]))
        s3.BucketPolicy("policy", bucket=first.id, policy="{}", opts=ResourceOptions(depends_on=[second]))
    """)

    policy = result.named("policy")
    first, second = result.named("first").urn, result.named("second").urn
    assert policy.dependencies == (first, second)
    assert policy.property_dependencies == {"bucket": (first,)}
    assert result.named("second").property_dependencies == {}


def test_whole_numbers_are_integers_and_nulls_are_left_out(bench):
    result = bench.preview("""
        sqs.Queue("jobs", delay_seconds=5, tags={"a": "1", "b": None})
        aws.cloudwatch.MetricAlarm("alarm", comparison_operator="x", evaluation_periods=2, threshold=0.5)
    """)

    assert result.named("jobs").inputs == {"delaySeconds": 5, "tags": {"a": "1"}}
    assert type(result.named("jobs").inputs["delaySeconds"]) is int
    assert result.named("alarm").inputs["threshold"] == 0.5


def test_secrets_stay_wrapped_and_are_never_shown(bench):
    result = bench.preview("""
        queue = sqs.Queue("jobs", policy=Output.secret("hunter2"))
        sqs.Queue("copy", policy=queue.policy, name=Output.format("x-{0}", Output.secret("hunter2")))
        other = sqs.Queue("other", opts=ResourceOptions(additional_secret_outputs=["arn"]))
        pulumi.export("policy", queue.policy)
        pulumi.export("arn", other.arn)
    """)

    assert result.named("jobs").inputs["policy"] == Secret("hunter2")
    assert result.named("copy").inputs == {"name": Secret("x-hunter2"), "policy": Secret("hunter2")}
    assert result.deployment.outputs["policy"] == Secret("hunter2")
    assert isinstance(result.deployment.outputs["arn"], Secret)
    assert "hunter2" not in repr(result)


def test_resources_as_inputs_become_their_ids(bench):
    result = bench.preview("""
        role = iam.Role("role", assume_role_policy="{}")
        iam.RolePolicy("policy", role=role, policy="{}")
    """)

    assert result.named("policy").inputs["role"] is UNKNOWN
    assert result.named("policy").property_dependencies == {"role": (result.named("role").urn,)}


def test_a_data_source_is_unknown(bench):
    result = bench.preview("""
        zones = aws.get_availability_zones_output(state="available")
        s3.Bucket("data", bucket=zones.names[0])
    """)

    assert result.named("data").inputs == {"bucket": UNKNOWN}


def test_two_resources_with_one_urn_are_refused(bench):
    with pytest.raises(ProgramError, match="aws:s3/bucket:Bucket::data is registered twice"):
        bench.preview("""
            s3.Bucket("data")
            s3.Bucket("data")
        """)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ('s3.Bucket("x", opts=ResourceOptions(import_="x"))', "`import_` cannot be run offline"),
        (
            's3.Bucket("x", opts=ResourceOptions(hooks=pulumi.ResourceHookBinding(after_create=[lambda args: None])))',
            "resource hooks cannot be run offline",
        ),
        ('s3.Bucket("x", opts=ResourceOptions(ignore_changes=["tags[a"]))', r"property path 'tags\[a' is malformed"),
        ('ComponentResource("a:b:C", "x", {}, None, remote=True)', "remote components cannot be run offline"),
        (
            's3.BucketObjectv2("x", bucket="b", source=pulumi.RemoteAsset("https://example.com/x"))',
            "a remote asset cannot be read offline",
        ),
        ('s3.BucketObjectv2("x", bucket="b", source=pulumi.FileAsset("none.txt"))', "none.txt: No such file"),
    ],
)
def test_what_is_not_honoured_is_refused_with_its_urn(bench, program, message):
    with pytest.raises(ProgramError, match=message):
        bench.preview(program)
