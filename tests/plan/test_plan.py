"""A plan as a whole: of small programs, and of the estate itself."""

import json
import re
import shutil
from pathlib import Path

import pytest

from contracts.workload import WorkloadError
from estate.engine.program import ProgramError
from estate.plan import diff, make_plan
from stacks.settings import SettingsError

ROOT = Path(__file__).resolve().parents[2]
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

TOPICS = """
first = aws.sns.Topic("first", name="first", opts=opts)
aws.sns.Topic("second", name="second", display_name=first.arn, opts=opts)
"""


def by_name(plan):
    return {resource["name"]: resource for resource in plan.document["resources"]}


def test_unknown_inputs_have_pulumis_own_text_and_are_resolved_beside_it(planned):
    second = by_name(planned(TOPICS))["second"]
    assert second["inputs"]["displayName"] == UNKNOWN
    assert second["resolved"]["displayName"] == "arn:aws:sns:eu-west-1:222222222222:first"
    assert second["inputs"]["name"] == "second"


def test_a_resource_names_what_it_hangs_on(planned):
    resources = by_name(planned(TOPICS))
    assert resources["second"]["dependencies"] == [resources["first"]["urn"]]
    assert resources["second"]["propertyDependencies"] == {"displayName": [resources["first"]["urn"]]}
    assert resources["second"]["provider"] == resources["aws"]["urn"]


def test_components_and_providers_are_in_the_plan_and_the_stack_is_not(planned):
    plan = planned(
        """
        class Group(pulumi.ComponentResource):
            def __init__(self):
                super().__init__("estate:test:Group", "group", {}, opts)

        aws.sns.Topic("page", name="page", opts=pulumi.ResourceOptions(parent=Group(), provider=provider, protect=True))
        """
    )
    resources = by_name(plan)
    assert sorted(resources) == ["aws", "group", "page"]
    assert resources["page"]["parent"] == resources["group"]["urn"]
    assert (resources["page"]["protect"], resources["group"]["protect"]) == (True, False)


def test_secrets_are_hidden_in_inputs_and_resolved_inputs(planned):
    plan = planned("aws.sns.Topic('page', name='page', display_name=pulumi.Output.secret('hunter2'), opts=opts)")
    page = by_name(plan)["page"]
    assert (page["inputs"]["displayName"], page["resolved"]["displayName"]) == ("[secret]", "[secret]")
    assert "hunter2" not in plan.text()


def test_a_resource_that_hangs_on_an_output_is_told(planned):
    plan = planned(
        """
        first = aws.sns.Topic("first", name="first", opts=opts)
        first.arn.apply(lambda arn: aws.sns.Topic("second", name="second", opts=opts))
        """
    )
    assert [(fault.urn.rpartition("::")[2], fault.value) for fault in plan.faults] == [
        ("second", '"registered only in the run with outputs"')
    ]


def test_a_wrong_input_is_a_violation_with_everything_that_a_reader_needs(planned):
    plan = planned("aws.sagemaker.ModelPackageGroup('m', model_package_group_name='two words', opts=opts)")
    (violation,) = [each for each in plan.document["violations"] if each["kind"] == "constraint"]
    assert violation["path"] == "modelPackageGroupName"
    assert violation["value"] == '"two words"'
    assert violation["rule"] == "sagemaker CreateModelPackageGroup"
    assert violation["fix"].startswith("allowed is text that matches")


def test_policies_are_violations_too(planned):
    plan = planned("aws.sns.Topic('page', name='page', opts=opts)")
    found = {each["rule"]: each for each in plan.document["violations"] if each["kind"] == "policy"}
    assert found["messages-encrypted"]["severity"] == "medium"
    assert found["messages-encrypted"]["mandatory"] is False
    assert found["messages-encrypted"]["fix"]


def test_a_program_that_refuses_is_a_program_error(planned):
    with pytest.raises(ProgramError, match="no such thing"):
        planned("raise pulumi.RunError('no such thing')")


@pytest.fixture(scope="module")
def dev():
    return make_plan(ROOT, "dev")


def test_the_estate_has_no_faults_and_breaks_no_mandatory_policy(dev):
    assert [fault.message for fault in dev.faults] == []
    assert [breach.message for breach in dev.denied] == []


def test_the_estate_is_checked_for_the_most_part(dev):
    evidence = dev.evidence()
    assert evidence["resources"] == len(dev.document["resources"]) > 200
    assert evidence["inputs_checked"] > 2 * evidence["inputs_not_checkable"]
    assert sum(evidence["not_checkable_because"].values()) == evidence["inputs_not_checkable"]


def test_the_estates_plan_is_the_same_bytes_twice(dev):
    assert make_plan(ROOT, "dev").text() == dev.text()


def test_no_missing_output_became_text(dev):
    assert re.search(r"(?<![A-Za-z])None(?![A-Za-z])", json.dumps(dev.document["resources"])) is None


def test_every_resource_but_providers_belongs_to_a_layer(dev):
    outside = [each for each in dev.document["resources"] if not each["layer"]]
    assert {each["type"].rpartition(":")[0] for each in outside} == {"pulumi:providers"}


def changed_settings(tmp_path, old, new):
    file = tmp_path / "Pulumi.dev.yaml"
    text = (ROOT / "Pulumi.dev.yaml").read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return file


def test_a_changed_drift_threshold_is_one_update_of_one_alarm(dev, tmp_path):
    file = changed_settings(tmp_path, "delivery-eta: {}", "delivery-eta: {drift_threshold: 3}")
    found = diff(dev.document, make_plan(ROOT, "dev", file).document)
    assert [(change.op, change.type) for change in found.changes] == [
        ("update", "aws:cloudwatch/metricAlarm:MetricAlarm")
    ]
    assert [(edit.path, edit.before, edit.after) for edit in found.changes[0].edits if edit.path == "threshold"] == [
        ("threshold", 1, 3)
    ]
    assert found.widened == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "delivery-eta: {}",
            "delivery-eta: {endpoint: {instance_type: ml.m5.huge}}",
            r"^mlops-estate:models\.delivery-eta\.endpoint\.instance_type: 'ml\.m5\.huge' is no instance type",
        ),
        (
            "cluster: {}",
            "cluster: {system_instance_type: t3.huge}",
            r"^mlops-estate:training\.cluster\.system_instance_type: 't3\.huge' is no instance type",
        ),
        (
            "cluster: {}",
            "cluster: {node_groups: {gpu: {instance_type: g5.gigantic}}}",
            r"^mlops-estate:training\.cluster\.node_groups\.gpu\.instance_type: g5\.gigantic is no instance type",
        ),
        (
            "delivery-eta: {}",
            "delivery-eta: {endpoints: {}}",
            r"^mlops-estate:models\.delivery-eta\.endpoints: unknown key",
        ),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_registered(tmp_path, old, new, message):
    with pytest.raises(SettingsError, match=message):
        make_plan(ROOT, "dev", changed_settings(tmp_path, old, new))


def test_a_workload_whose_instance_type_does_not_exist_is_refused(tmp_path):
    shutil.copytree(ROOT / "pipelines" / "workloads", tmp_path / "pipelines" / "workloads")
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    file = tmp_path / "pipelines" / "workloads" / "delivery_eta" / "workload.yaml"
    text = file.read_text()
    assert "training:" in text
    kept = re.sub(r"(?m)^  instance_type:.*\n", "", text)
    file.write_text(kept.replace("training:\n", "training:\n  instance_type: ml.m5.tiny\n"))
    with pytest.raises(WorkloadError, match=r"delivery_eta/workload.yaml: training.instance_type: 'ml.m5.tiny'"):
        make_plan(tmp_path, "dev")
