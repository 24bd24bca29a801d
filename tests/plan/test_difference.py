"""Two plans of small programs, before and after a change."""

import json

import pytest

from estate.plan.difference import ABSENT, PlanFileError, diff, read_plan

ALARM = """
aws.cloudwatch.MetricAlarm("latency", name="latency", comparison_operator="GreaterThanThreshold",
    evaluation_periods=1, metric_name="Latency", namespace="Estate", period=60, statistic="Average",
    threshold={threshold}, opts=opts)
"""
GROUPS = """
group = aws.sagemaker.ModelPackageGroup({logical!r}, model_package_group_name={physical!r},
    opts=pulumi.ResourceOptions(provider=provider{more}))
aws.sns.Topic("outputs", name="outputs", display_name=group.arn, opts=opts)
"""


@pytest.fixture
def compared(planned):
    def compare(before, after):
        base = json.loads(planned(before).text())
        return diff(base, json.loads(planned(after).text()))

    return compare


def ops(difference):
    return [(change.op, change.name) for change in difference.changes]


def test_the_same_program_changes_nothing(compared):
    found = compared(ALARM.format(threshold=1), ALARM.format(threshold=1))
    assert (found.changes, found.renamed, found.widened) == ((), (), ())


def test_a_changed_threshold_is_one_update_with_both_values(compared):
    found = compared(ALARM.format(threshold=1), ALARM.format(threshold=2))
    assert ops(found) == [("update", "latency")]
    (edit,) = found.changes[0].edits
    assert (edit.path, edit.before, edit.after, edit.replaces) == ("threshold", 1, 2, False)


def test_new_and_missing_resources_are_created_and_deleted(compared):
    found = compared('aws.sns.Topic("old", name="old", opts=opts)', 'aws.sns.Topic("new", name="new", opts=opts)')
    assert ops(found) == [("create", "new"), ("delete", "old")]


def test_a_create_only_input_replaces_and_is_named(compared):
    found = compared(
        GROUPS.format(logical="models", physical="a", more=""), GROUPS.format(logical="models", physical="b", more="")
    )
    assert ops(found) == [("replace", "models"), ("update", "outputs")]
    assert found.changes[0].because == "modelPackageGroupName cannot change in place"


def test_a_rename_with_an_alias_changes_nothing_else(compared):
    found = compared(
        GROUPS.format(logical="old", physical="a", more=""),
        GROUPS.format(logical="new", physical="a", more=', aliases=[pulumi.Alias(name="old")]'),
    )
    assert ops(found) == []
    assert [(old.rpartition("::")[2], new.rpartition("::")[2]) for old, new in found.renamed] == [("old", "new")]


def test_a_rename_without_an_alias_is_a_deletion_and_a_creation(compared):
    found = compared(
        GROUPS.format(logical="old", physical="a", more=""), GROUPS.format(logical="new", physical="a", more="")
    )
    assert [op for op, name in ops(found) if name in ("old", "new")] == ["create", "delete"]


def test_ignored_changes_are_no_changes(compared):
    body = """
    aws.sns.Topic("page", name="page", display_name={0!r},
        opts=pulumi.ResourceOptions(provider=provider, ignore_changes=["displayName"]))
    """
    assert compared(body.format("a"), body.format("b")).changes == ()


def test_documents_are_compared_value_by_value(compared):
    body = 'aws.cloudwatch.EventRule("drift", name="drift", event_pattern=json.dumps({{"source": [{0!r}]}}), opts=opts)'
    found = compared(body.format("aws.cloudwatch"), body.format("aws.sagemaker"))
    assert [edit.path for edit in found.changes[0].edits] == ["eventPattern.source[0]"]


def test_secrets_are_in_neither_plan_nor_difference(compared):
    body = 'aws.ssm.Parameter("key", name="/key", type="SecureString", value=pulumi.Output.secret({0!r}), opts=opts)'
    found = compared(body.format("hunter2"), body.format("hunter3"))
    assert "hunter" not in json.dumps(found.to_json())


def test_a_protected_resource_that_goes_is_marked(compared):
    topic = 'aws.sns.Topic("page", name="page", opts=pulumi.ResourceOptions(provider=provider, protect=True))'
    (change,) = compared(topic, "").changes
    assert (change.op, change.protected, change.because) == (
        "delete",
        True,
        "it is protected: `up` refuses to delete it",
    )


def test_lifted_protection_is_an_update(compared):
    topic = 'aws.sns.Topic("page", name="page", opts=pulumi.ResourceOptions(provider=provider, protect={}))'
    (change,) = compared(topic.format(True), topic.format(False)).changes
    assert [(edit.path, edit.before, edit.after) for edit in change.edits] == [("(protect)", True, False)]


def test_what_names_a_replaced_resource_for_good_is_replaced_along(compared):
    body = """
    vpc = aws.ec2.Vpc("vpc", cidr_block={0!r}, opts=opts)
    aws.ec2.Subnet("a", vpc_id=vpc.id, cidr_block="10.1.0.0/20", opts=opts)
    """
    found = compared(body.format("10.1.0.0/16"), body.format("10.1.0.0/17"))
    assert ops(found) == [("replace", "a"), ("replace", "vpc")]
    assert found.changes[0].because == "vpcId names vpc, which is replaced"


def test_an_input_that_is_left_out_is_absent_before_or_after(compared):
    body = 'aws.sns.Topic("page", name="page", {} opts=opts)'
    (change,) = compared(body.format(""), body.format('display_name="Page",')).changes
    assert (change.edits[0].before, change.edits[0].after) == (ABSENT, "Page")


def test_a_violation_that_the_base_has_too_is_not_new(compared):
    body = 'aws.sns.Topic("page", name="page {0}", opts=opts)'
    found = compared(body.format("x"), body.format("x") + "\n" + body.format("y").replace('"page"', '"more"'))
    new = {violation["urn"].rpartition("::")[2]: found.is_new(violation) for violation in found.violations}
    assert (new["page"], new["more"]) == (False, True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        ("{", "is no JSON"),
        ("[]", "is no plan"),
        ('{"resources": [{"urn": "u"}]}', "is no plan"),
    ],
)
def test_a_base_that_is_no_plan_is_refused(tmp_path, content, message):
    file = tmp_path / "base.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(PlanFileError, match=message):
        read_plan(file)
