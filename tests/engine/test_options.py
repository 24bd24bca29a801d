"""Providers, default tags, transforms, readings, stack references, outputs of components."""

import pytest

from estate.engine.program import ProgramError
from estate.engine.resource import Secret

PROVIDER = "urn:pulumi:dev::demo::pulumi:providers:aws::main"
TAGGED = """
    provider = aws.Provider("main", region="eu-west-1", allowed_account_ids=["111111111111"],
                            default_tags={{"tags": {tags}}})
    options = ResourceOptions(provider=provider)
    sqs.Queue("jobs", tags={{"owner": "own"}}, opts=options)
    sqs.Queue("plain", opts=options)
    iam.RolePolicy("policy", role="r", policy="{{}}", opts=options)
"""


def tagged(**tags: str) -> str:
    return TAGGED.format(tags=tags)


def test_default_tags_lie_beneath_the_own_tags_of_what_carries_tags(bench):
    result = bench.up(tagged(owner="all", team="ml"))

    inputs = {goal.name: goal.inputs for goal in bench.cloud.exists.values()}
    assert inputs["jobs"]["tags"] == {"owner": "own", "team": "ml"}
    assert inputs["plain"]["tags"] == {"owner": "all", "team": "ml"}
    assert "tags" not in inputs["policy"]
    assert result.named("jobs").inputs == {"tags": {"owner": "own"}}
    assert result.named("plain").inputs == {}


def test_own_tags_are_an_output_and_all_tags_another(bench):
    result = bench.up(tagged(team="ml"))

    states = {state.goal.name: state for state in result.deployment.states.values()}
    assert states["jobs"].outputs["tags"] == {"owner": "own"}
    assert states["jobs"].outputs["tagsAll"] == {"owner": "own", "team": "ml"}
    assert "tags" not in states["plain"].outputs


def test_changed_default_tags_update_what_carries_them(bench, ops):
    bench.up(tagged(team="ml"))
    result = bench.up(tagged(team="data"))

    assert ops(result) == ["update main", "update jobs", "update plain", "same policy"]
    assert result.steps[1].changed == ("tags",)


def test_a_provider_is_configured_first_with_its_inputs_as_written(bench):
    result = bench.up(tagged(Team="ml"))

    assert bench.cloud.calls[0] == "configure main"
    (configured,) = bench.cloud.configured
    assert configured["allowedAccountIds"] == ["111111111111"]
    assert configured["defaultTags"] == {"tags": {"Team": "ml"}}
    assert configured["skipCredentialsValidation"] is False
    assert result.named("main").inputs["allowedAccountIds"] == '["111111111111"]'
    assert result.named("jobs").provider == PROVIDER


def test_a_refused_account_is_refused_before_anything_is_made(bench):
    bench.cloud.failing = "configure main"
    with pytest.raises(
        ProgramError, match=rf"^pulumi:providers:aws main could not be configured: the quota is used up \({PROVIDER}\)$"
    ):
        bench.up(tagged(team="ml"))

    assert bench.cloud.calls == ["configure main"]


def test_a_json_text_of_a_provider_stays_text(bench):
    bench.up("""
        import pulumi_kubernetes as kubernetes
        kubernetes.Provider("cluster", kubeconfig='{"apiVersion": "v1"}', enable_server_side_apply=True)
    """)

    assert bench.cloud.configured == [{"enableServerSideApply": True, "kubeconfig": '{"apiVersion": "v1"}'}]


def test_children_inherit_the_providers_of_their_component(bench):
    result = bench.up("""
        provider = aws.Provider("main", region="eu-west-1")
        holder = ComponentResource("a:b:C", "holder", {}, ResourceOptions(providers=[provider]))
        sqs.Queue("jobs", opts=ResourceOptions(parent=holder))
    """)

    assert result.named("jobs").provider == PROVIDER


def test_another_provider_replaces_the_resource(bench, ops):
    program = """
        one = aws.Provider("one", region="eu-west-1")
        two = aws.Provider("two", region="eu-west-2")
        sqs.Queue("jobs", opts=ResourceOptions(provider={}))
    """
    bench.up(program.format("one"))

    assert ops(bench.up(program.format("two"))) == ["same one", "same two", "replace jobs"]


TRANSFORMED = """
    def add(key):
        def transform(args):
            if args.type_ == "aws:sqs/queue:Queue":
                order = args.props.get("tags", {}).get("order", "")
                props = {**args.props, "tags": {"order": order + key}}
                return pulumi.ResourceTransformResult(props, args.opts)
        return transform

    pulumi.runtime.register_resource_transform(add("s"))
    outer = ComponentResource("a:b:C", "outer", {}, ResourceOptions(transforms=[add("o")]))
    inner = ComponentResource("a:b:C", "inner", {}, ResourceOptions(parent=outer, transforms=[add("i")]))
    sqs.Queue("jobs", opts=ResourceOptions(parent=inner, transforms=[add("q")]))
"""


@pytest.mark.parametrize("run", ["preview", "up"])
def test_transforms_run_from_the_resource_over_its_parents_to_the_stack(bench, run):
    result = getattr(bench, run)(TRANSFORMED)

    assert result.named("jobs").inputs == {"tags": {"order": "qios"}}


def test_a_transform_may_change_options(bench):
    result = bench.up("""
        def keep(args):
            options = ResourceOptions.merge(args.opts, ResourceOptions(protect=True, ignore_changes=["tags"]))
            return pulumi.ResourceTransformResult(args.props, options)

        first = s3.Bucket("first")
        pulumi.runtime.register_resource_transform(keep)
        sqs.Queue("jobs", name=first.bucket, opts=ResourceOptions(depends_on=[first], retain_on_delete=True))
    """)

    jobs = result.named("jobs")
    assert (jobs.protect, jobs.retain_on_delete, jobs.ignore_changes) == (True, True, ("tags",))
    assert jobs.dependencies == (result.named("first").urn,)
    assert result.named("first").protect is False


def test_a_transform_that_fails_names_its_line(bench):
    with pytest.raises(ProgramError, match=r"__main__.py:9: ZeroDivisionError"):
        bench.preview("""
            def broken(args):
                return 1 / 0
            sqs.Queue("jobs", opts=ResourceOptions(transforms=[broken]))
        """)


def test_a_reading_is_read_each_time_and_never_deleted(bench, ops):
    program = """
        role = iam.Role.get("given", "the-role")
        iam.RolePolicy("policy", role=role.id, policy=role.arn)
    """
    first = bench.up(program)
    second = bench.up(program)

    assert ops(first) == ["read given", "create policy"]
    assert first.named("given").external_id == "the-role"
    assert bench.cloud.exists["policy-1"].inputs == {"policy": "arn:aws:::the-role", "role": "the-role"}
    assert ops(second) == ["read given", "same policy"]
    assert ops(bench.up("")) == ["delete policy"]


def test_a_reading_is_unknown_in_a_preview_but_for_its_id(bench):
    result = bench.preview("""
        role = iam.Role.get("given", "the-role")
        iam.RolePolicy("policy", role=role.id, policy=role.arn)
    """)

    assert result.named("policy").inputs["role"] == "the-role"
    assert repr(result.named("policy").inputs["policy"]) == "<unknown>"


def test_what_was_made_here_is_not_turned_into_a_reading(bench):
    bench.up('iam.Role("role", assume_role_policy="{}")')
    with pytest.raises(ProgramError, match=r"Role::role was made by this program, which now only reads it"):
        bench.up('iam.Role.get("role", "role-1")')


@pytest.mark.parametrize("run", ["preview", "up"])
def test_a_resource_of_this_run_can_be_looked_at_by_its_urn(bench, run):
    result = getattr(bench, run)("""
        s3.Bucket("data", bucket="named").urn.apply(
            lambda urn: sqs.Queue("jobs", name=s3.Bucket("again", opts=ResourceOptions(urn=urn)).bucket)
        )
    """)

    assert result.named("jobs").inputs == {"name": "named"}


REFERENCE = """
    base = pulumi.StackReference("acme/demo/base")
    sqs.Queue("jobs", name=base.get_output("name"), policy=base.require_output("token"))
"""


@pytest.mark.parametrize("run", ["preview", "up"])
def test_a_stack_reference_has_the_outputs_of_the_other_stack(bench, run):
    outputs = {"name": "base-jobs", "token": Secret("hunter2")}
    result = getattr(bench, run)(REFERENCE, references={"acme/demo/base": outputs})

    assert result.named("jobs").inputs["name"] == "base-jobs"
    assert result.named("jobs").inputs["policy"] == Secret("hunter2")
    assert [goal.name for goal in result.goals] == ["jobs"]


def test_an_unknown_stack_reference_names_those_that_are_known(bench):
    with pytest.raises(ProgramError, match="acme/demo/base: its outputs are not known; known are: acme/demo/other"):
        bench.preview(REFERENCE, references={"acme/demo/other": {}})


def test_the_outputs_of_a_component_and_of_the_stack_are_kept(bench):
    result = bench.up("""
        class Holder(ComponentResource):
            def __init__(self, name):
                super().__init__("a:b:C", name, {})
                queue = sqs.Queue("jobs", opts=ResourceOptions(parent=self))
                self.register_outputs({"arn": queue.arn})
                pulumi.export("nested", {"arns": [queue.arn], "count": 2})
        Holder("holder")
    """)

    states = {state.goal.name: state for state in result.deployment.states.values()}
    assert states["holder"].outputs == {"arn": "arn:aws:::jobs-1"}
    assert result.deployment.outputs == {"nested": {"arns": ["arn:aws:::jobs-1"], "count": 2}}


def test_a_data_source_is_answered_by_the_provider(bench):
    source = "aws:index/getAvailabilityZones:getAvailabilityZones"
    bench.cloud.answers = {source: {"names": ["a", "b"], "id": "x", "region": "r", "groupNames": [], "zoneIds": []}}
    result = bench.up('s3.Bucket("data", bucket=aws.get_availability_zones(state="available").names[1])')

    assert result.named("data").inputs == {"bucket": "b"}
    assert bench.cloud.calls == [f"invoke {source}", "create data"]
