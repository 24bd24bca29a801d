"""What happens to resources when the program, run again, asks for something else."""

import pytest

from estate.engine.program import ProgramError

QUEUE = "aws:sqs/queue:Queue"
BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
PAIR = """
    bucket = s3.Bucket("data", bucket={bucket!r}, opts=ResourceOptions({options}))
    s3.BucketPolicy("policy", bucket=bucket.bucket, policy=bucket.arn)
"""


def pair(bucket: str = "one", options: str = "") -> str:
    return PAIR.format(bucket=bucket, options=options)


def queue(delay: int = 1, options: str = "") -> str:
    return f'sqs.Queue("jobs", delay_seconds={delay}, name="jobs", opts=ResourceOptions({options}))'


def test_creates_in_order_of_dependency_with_real_outputs(bench, ops):
    result = bench.up(pair())

    assert ops(result) == ["create data", "create policy"]
    assert bench.cloud.exists["policy-2"].inputs == {"bucket": "one", "policy": "arn:aws:::data-1"}


def test_an_unchanged_second_run_calls_nothing(bench, ops):
    first = bench.up(pair())
    second = bench.up(pair())

    assert ops(second) == ["same data", "same policy"]
    assert bench.cloud.calls == []
    assert second.deployment == first.deployment


def test_a_changed_input_is_one_update(bench, ops):
    bench.up(queue(1))
    result = bench.up(queue(2))

    assert ops(result) == ["update jobs"]
    assert result.steps[0].changed == ("delaySeconds",)
    assert bench.cloud.calls == ["update jobs"]
    assert bench.cloud.exists["jobs-1"].inputs["delaySeconds"] == 2


def test_a_changed_create_only_input_is_one_replacement_new_before_old(bench, ops):
    bench.cloud.create_only = {BUCKET: frozenset({"bucket"})}
    bench.up(pair("one"))
    result = bench.up(pair("two"))

    assert ops(result) == ["replace data", "update policy"]
    assert result.steps[0].changed == ("bucket",)
    assert bench.cloud.calls == ["create data", "update policy", "delete data"]
    assert sorted(bench.cloud.exists) == ["data-3", "policy-2"]
    assert result.deployment.pending == ()


@pytest.mark.parametrize(("options", "in_place"), [("delete_before_replace=True", False), ("", True)])
def test_the_old_one_goes_first_where_the_program_or_the_provider_says_so(bench, ops, options, in_place):
    bench.cloud.create_only = {QUEUE: frozenset({"delaySeconds"})}
    bench.cloud.in_place = in_place
    bench.up(queue(1, options))
    result = bench.up(queue(2, options))

    assert ops(result) == ["replace jobs"]
    assert bench.cloud.calls == ["delete jobs", "create jobs"]


def test_the_program_overrules_the_provider_on_what_goes_first(bench):
    bench.cloud.create_only = {QUEUE: frozenset({"delaySeconds"})}
    bench.cloud.in_place = True
    bench.up(queue(1, "delete_before_replace=False"))
    bench.up(queue(2, "delete_before_replace=False"))

    assert bench.cloud.calls == ["create jobs", "delete jobs"]


def test_dependents_that_would_be_replaced_go_before_and_come_after(bench, ops):
    bench.cloud.create_only = {BUCKET: frozenset({"bucket"}), POLICY: frozenset({"bucket"})}
    bench.up(pair("one", "delete_before_replace=True"))
    result = bench.up(pair("two", "delete_before_replace=True"))

    assert bench.cloud.calls == ["delete policy", "delete data", "create data", "create policy"]
    assert ops(result) == ["replace data", "replace policy"]


def test_dependents_that_can_be_updated_stay_when_the_old_one_goes_first(bench, ops):
    bench.cloud.create_only = {BUCKET: frozenset({"bucket"})}
    bench.up(pair("one", "delete_before_replace=True"))
    result = bench.up(pair("two", "delete_before_replace=True"))

    assert bench.cloud.calls == ["delete data", "create data", "update policy"]
    assert ops(result) == ["replace data", "update policy"]


def test_a_dependent_that_went_first_and_is_no_longer_wanted_is_a_deletion(bench, ops):
    bench.cloud.create_only = {BUCKET: frozenset({"bucket"}), POLICY: frozenset({"bucket"})}
    bench.up(pair("one"))
    result = bench.up('s3.Bucket("data", bucket="two", opts=ResourceOptions(delete_before_replace=True))')

    assert bench.cloud.calls == ["delete policy", "delete data", "create data"]
    assert ops(result) == ["replace data", "delete policy"]


def test_what_is_no_longer_registered_is_deleted_in_reverse_order(bench, ops):
    bench.up("""
        bucket = s3.Bucket("data")
        policy = s3.BucketPolicy("policy", bucket=bucket.id, policy="{}")
        sqs.Queue("jobs", opts=ResourceOptions(depends_on=[policy]))
    """)
    result = bench.up("")

    assert ops(result) == ["delete jobs", "delete policy", "delete data"]
    assert bench.cloud.exists == {}
    assert result.deployment.states == {}


def test_a_replaced_resource_is_deleted_after_the_dependents_that_go(bench):
    bench.cloud.create_only = {BUCKET: frozenset({"bucket"})}
    bench.up(pair("one"))
    bench.up('s3.Bucket("data", bucket="two")')

    assert bench.cloud.calls == ["create data", "delete policy", "delete data"]


@pytest.mark.parametrize(
    "alias",
    [
        'Alias(name="old")',
        '"urn:pulumi:dev::demo::aws:sqs/queue:Queue::old"',
        'Alias(name="old", type_="aws:sqs/queue:Queue", parent=None)',
    ],
)
def test_an_alias_keeps_the_resource(bench, ops, alias):
    bench.up('sqs.Queue("old", name="q")')
    result = bench.up(f'sqs.Queue("new", name="q", opts=ResourceOptions(aliases=[{alias}]))')

    assert ops(result) == ["same new"]
    assert list(result.deployment.states) == ["urn:pulumi:dev::demo::aws:sqs/queue:Queue::new"]
    assert result.deployment.states["urn:pulumi:dev::demo::aws:sqs/queue:Queue::new"].id == "old-1"


MOVED = """
    class Holder(ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__({type!r}, name, {{}}, opts)
            sqs.Queue(f"{{name}}-queue", name="q", opts=ResourceOptions(parent=self{child}))
    Holder({name!r}, ResourceOptions(aliases={aliases}))
"""


def test_the_alias_of_a_component_keeps_its_children(bench, ops):
    bench.up(MOVED.format(type="a:b:C", name="old", aliases=[], child=""))
    result = bench.up(MOVED.format(type="a:b:D", name="new", aliases="[Alias(name='old', type_='a:b:C')]", child=""))

    assert ops(result) == ["same new", "same new-queue"]


def test_a_former_parent_keeps_the_resource(bench, ops):
    bench.up('sqs.Queue("holder-queue", name="q")')
    result = bench.up(MOVED.format(type="a:b:C", name="holder", aliases=[], child=", aliases=[Alias(parent=None)]"))

    assert ops(result) == ["create holder", "same holder-queue"]


def test_two_claims_on_one_former_resource_are_refused(bench):
    bench.up('sqs.Queue("old", name="q")')
    with pytest.raises(ProgramError, match="is also claimed by urn:pulumi:dev::demo::aws:sqs/queue:Queue::a"):
        bench.up("""
            sqs.Queue("a", name="q", opts=ResourceOptions(aliases=[Alias(name="old")]))
            sqs.Queue("b", name="q", opts=ResourceOptions(aliases=[Alias(name="old")]))
        """)


def test_an_ignored_change_keeps_the_old_input(bench, ops):
    bench.up(queue(1))
    result = bench.up(queue(2, 'ignore_changes=["delaySeconds"]'))

    assert ops(result) == ["same jobs"]
    assert result.deployment.states[result.steps[0].urn].goal.inputs["delaySeconds"] == 1
    assert result.goals[0].inputs["delaySeconds"] == 2


def test_an_ignored_path_leaves_the_rest_to_change(bench, ops):
    tags = 'sqs.Queue("jobs", tags={tags}, opts=ResourceOptions(ignore_changes=["tags.owner"]))'
    bench.up(tags.format(tags={"owner": "a", "tier": "1"}))
    result = bench.up(tags.format(tags={"owner": "b", "tier": "2"}))

    assert ops(result) == ["update jobs"]
    assert bench.cloud.exists["jobs-1"].inputs["tags"] == {"owner": "a", "tier": "2"}


def test_replace_on_changes_replaces_what_could_be_updated(bench, ops):
    bench.up(queue(1, 'replace_on_changes=["delaySeconds"]'))
    result = bench.up(queue(2, 'replace_on_changes=["delaySeconds"]'))

    assert ops(result) == ["replace jobs"]


def test_a_changed_trigger_replaces(bench, ops):
    bench.up(queue(1, 'replacement_trigger="a"'))

    assert ops(bench.up(queue(1, 'replacement_trigger="a"'))) == ["same jobs"]
    assert ops(bench.up(queue(1, 'replacement_trigger="b"'))) == ["replace jobs"]


def test_replace_with_follows_another_resource(bench, ops):
    program = """
        bucket = s3.Bucket("data", bucket={name!r})
        sqs.Queue("jobs", opts=ResourceOptions(replace_with=[bucket]))
    """
    bench.cloud.create_only = {BUCKET: frozenset({"bucket"})}
    bench.up(program.format(name="one"))

    assert ops(bench.up(program.format(name="two"))) == ["replace data", "replace jobs"]


def test_a_retained_resource_is_forgotten_and_stays(bench, ops):
    bench.up(queue(1, "retain_on_delete=True"))
    result = bench.up("")

    assert ops(result) == ["retain jobs"]
    assert list(bench.cloud.exists) == ["jobs-1"]
    assert result.deployment.states == {}


def test_the_old_one_of_a_retained_replacement_stays(bench, ops):
    bench.cloud.create_only = {QUEUE: frozenset({"delaySeconds"})}
    bench.up(queue(1, "retain_on_delete=True"))
    result = bench.up(queue(2, "retain_on_delete=True"))

    assert ops(result) == ["replace jobs", "retain jobs"]
    assert sorted(bench.cloud.exists) == ["jobs-1", "jobs-2"]


def test_a_protected_resource_is_not_deleted(bench):
    bench.up(pair(options="protect=True"))
    with pytest.raises(ProgramError, match=r"cannot be deleted; take `protect` off them first:\n  urn:.*::data$"):
        bench.up("")

    assert bench.cloud.calls == []
    assert sorted(bench.cloud.exists) == ["data-1", "policy-2"]


def test_a_protected_resource_is_not_replaced(bench):
    bench.cloud.create_only = {QUEUE: frozenset({"delaySeconds"})}
    bench.up(queue(1, "protect=True"))
    with pytest.raises(ProgramError, match=r"Queue::jobs is protected and cannot be replaced \(changed: delaySeconds"):
        bench.up(queue(2, "protect=True"))

    assert bench.cloud.calls == []


def test_protection_may_be_taken_off_and_the_resource_replaced_in_one_run(bench, ops):
    bench.cloud.create_only = {QUEUE: frozenset({"delaySeconds"})}
    bench.up(queue(1, "protect=True"))

    assert ops(bench.up(queue(2))) == ["replace jobs"]


def test_a_protected_dependent_keeps_what_would_go_first(bench):
    bench.cloud.create_only = {BUCKET: frozenset({"bucket"}), POLICY: frozenset({"bucket"})}
    program = """
        bucket = s3.Bucket("data", bucket={name!r}, opts=ResourceOptions(delete_before_replace=True))
        s3.BucketPolicy("policy", bucket=bucket.bucket, policy="{{}}", opts=ResourceOptions(protect=True))
    """
    bench.up(program.format(name="one"))
    with pytest.raises(ProgramError, match="BucketPolicy::policy"):
        bench.up(program.format(name="two"))

    assert bench.cloud.calls == []


def test_what_goes_with_another_resource_is_not_deleted_by_itself(bench, ops):
    bench.up("""
        bucket = s3.Bucket("data")
        s3.BucketPolicy("policy", bucket=bucket.id, policy="{}", opts=ResourceOptions(deleted_with=bucket))
    """)
    result = bench.up("")

    assert ops(result) == ["delete policy", "delete data"]
    assert bench.cloud.calls == ["delete data"]


def test_secrets_reach_the_cloud_plain_and_the_state_wrapped(bench):
    result = bench.up("""
        queue = sqs.Queue("jobs", policy=Output.secret("hunter2"), opts=ResourceOptions(
            additional_secret_outputs=["url"]))
        pulumi.export("url", queue.url)
    """)

    assert bench.cloud.exists["jobs-1"].inputs["policy"] == "hunter2"
    assert "hunter2" not in repr(result)
    assert "jobs-url" not in repr(result)


def test_a_changed_secret_is_an_update(bench, ops):
    bench.up('sqs.Queue("jobs", policy=Output.secret("a"))')

    assert ops(bench.up('sqs.Queue("jobs", policy=Output.secret("a"))')) == ["same jobs"]
    assert ops(bench.up('sqs.Queue("jobs", policy=Output.secret("b"))')) == ["update jobs"]


def test_an_output_that_the_provider_did_not_give_is_refused_where_it_is_used(bench):
    bench.cloud.silent = frozenset({"arn"})
    with pytest.raises(ProgramError, match=r"Policy::policy: input policy is not known; it is made from .*::data$"):
        bench.up(pair())

    assert bench.cloud.calls == ["create data"]


def test_an_output_that_the_provider_did_not_give_is_not_exported_as_none(bench):
    bench.cloud.silent = frozenset({"arn"})
    with pytest.raises(ProgramError, match="stack output arn is not known"):
        bench.up("pulumi.export('arn', Output.format('{0}/*', s3.Bucket('data').arn))")
