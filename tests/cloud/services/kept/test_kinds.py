"""Every kind of the table: made, read back, refused a second time, changed, listed, removed, gone."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from estate.cloud.services.kept import Kind, kinds
from tests.cloud.services.harness import Ground
from tests.cloud.services.kept.samples import samples
from tests.cloud.services.kept.stage import Life, Stage, answers

KINDS = {f"{kind.service}:{kind.kind}": kind for kind in kinds()}
SAMPLES = samples()


@pytest.fixture(scope="module")
def stage(ground: Ground) -> Stage:
    return Stage(ground, SAMPLES, KINDS)


def test_every_kind_has_a_sample_and_every_sample_its_kind():
    by_hand = {name for name, kind in KINDS.items() if kind.create is None}
    assert sorted(KINDS.keys() - by_hand) == sorted(SAMPLES)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_kept_resource_lives(stage: Stage, name: str):
    kind = KINDS[name]
    life = Life(stage, kind, SAMPLES[name])
    if kind.always is not None:
        assert not called(stage, kind), "what an account always has counts only when it was changed"
    life.create()
    check(kind, life, life.record)
    refuse_another(kind, life)
    if kind.update and kind.always is None:
        changed = life.update()
        assert changed, "the sample has no change"
        check(kind, life, changed)
    if kind.list is not None:
        assert any(life.is_mine(item) for item in life.listed())
    assert called(stage, kind)
    if kind.delete is None and kind.many == {}:
        return
    life.delete()
    assert_gone(kind, life)


def check(kind: Kind, life: Life, wanted: dict[str, Any]) -> None:
    """What was given is read back: all that the reading operation can answer with."""
    operation = kind.read or kind.list
    if operation is None:
        return
    read, known = life.read(), answers(kind, operation)
    for name in (wanted.keys() & known) - set(kind.shown) - set(life.sample.lost):
        assert holds(read[name], wanted[name]), f"{name}: {read[name]!r} is not {wanted[name]!r}"


def holds(read: Any, wanted: Any) -> bool:
    """What AWS fills in may be there besides."""
    if isinstance(wanted, dict) and isinstance(read, dict):
        return all(name in read and holds(read[name], value) for name, value in wanted.items())
    if isinstance(wanted, list) and isinstance(read, list):
        return len(wanted) == len(read) and all(map(holds, read, wanted))
    return plain(read) == plain(wanted)


def plain(value: Any) -> Any:
    """Streams are answered as such."""
    value = value.read() if hasattr(value, "read") else value
    return value.encode() if isinstance(value, str) else value


def refuse_another(kind: Kind, life: Life) -> None:
    """A second one of the same key, where that is not a replacement."""
    if kind.create in kind.update or kind.create in kind.many or not (kind.key or kind.single):
        return
    with pytest.raises(ClientError) as refusal:
        life.call(str(kind.create), life.sample.given(life.stage))
    assert refusal.value.response["Error"]["Code"] == kind.codes.taken


def assert_gone(kind: Kind, life: Life) -> None:
    if kind.read is not None:
        with pytest.raises(ClientError) as refusal:
            life.read()
        codes = {kind.codes.unknown, *(above.unknown for above in kind.above)}
        assert refusal.value.response["Error"]["Code"] in codes
    elif kind.list is not None:
        assert not any(life.is_mine(item) for item in life.left())
    if kind.delete is not None:
        with pytest.raises(ClientError) as refusal:
            life.delete()
        assert refusal.value.response["Error"]["Code"] == kind.codes.unknown


def called(stage: Stage, kind: Kind) -> frozenset[str]:
    """What the residue check is told of a kind; the whole of it, moto's backends with it, takes a second."""
    return stage.ground.cloud._opened().kept.content()[kind.service].get(kind.kind, frozenset())


def test_what_is_of_the_wrong_form_is_refused_in_the_services_own_words(stage: Stage):
    with pytest.raises(ClientError) as refusal:
        stage.client("xray").create_group(GroupName="g" * 33)
    error = refusal.value.response["Error"]
    assert error["Code"] == "InvalidRequestException"
    assert "Member must have length less than or equal to 32" in error["Message"]


def test_a_listing_comes_in_pages(stage: Stage):
    client = stage.client("backup")
    names = [f"page_{number}" for number in range(3)]
    for name in names:
        client.create_framework(
            FrameworkName=name, FrameworkControls=[{"ControlName": "BACKUP_RECOVERY_POINT_ENCRYPTED"}]
        )
    first = client.list_frameworks(MaxResults=2)
    rest = client.list_frameworks(MaxResults=2, NextToken=first["NextToken"])
    assert [each["FrameworkName"] for page in (first, rest) for each in page["Frameworks"]] == names
    assert "NextToken" not in rest
    for name in names:
        client.delete_framework(FrameworkName=name)


def test_a_filter_that_is_not_known_is_refused_and_not_passed_over(stage: Stage):
    with pytest.raises(ClientError) as refusal:
        stage.client("sagemaker").list_mlflow_tracking_servers(CreatedAfter=0)
    assert refusal.value.response["Error"]["Code"] == "NotImplemented"


def test_tags_are_added_listed_and_taken_away(stage: Stage):
    client = stage.client("xray")
    arn = client.create_group(GroupName="tagged", Tags=[{"Key": "a", "Value": "1"}])["Group"]["GroupARN"]
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    client.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    client.delete_group(GroupName="tagged")


def test_the_residue_check_sees_what_is_kept(stage: Stage):
    client = stage.client("xray")
    before = stage.ground.cloud.snapshot()
    client.create_group(GroupName="left")
    assert before.difference(stage.ground.cloud.snapshot()) == ["xray: group: left"]
    client.delete_group(GroupName="left")


def test_what_has_children_is_not_deleted_before_them(stage: Stage):
    client = stage.client("sagemaker")
    domain = stage.parent("sagemaker:domain")["DomainId"]
    client.create_user_profile(DomainId=domain, UserProfileName="ann")
    with pytest.raises(ClientError) as refusal:
        client.delete_domain(DomainId=domain)
    assert refusal.value.response["Error"]["Code"] == "ResourceInUse"
    client.delete_user_profile(DomainId=domain, UserProfileName="ann")


def test_what_goes_with_its_parent_goes_with_one_that_moto_keeps(stage: Stage):
    client = stage.client("amp")
    workspace = client.create_workspace(alias="short")["workspaceId"]
    client.create_alert_manager_definition(workspaceId=workspace, data=b"route: {}")
    client.delete_workspace(workspaceId=workspace)
    assert workspace not in called(stage, KINDS["amp:alert manager"])


def test_a_canary_that_runs_is_not_deleted(stage: Stage):
    life = Life(stage, KINDS["synthetics:canary"], SAMPLES["synthetics:canary"])
    life.create()
    client, name = stage.client("synthetics"), life.record["Name"]
    client.start_canary(Name=name)
    assert client.get_canary(Name=name)["Canary"]["Status"]["State"] == "RUNNING"
    with pytest.raises(ClientError) as refusal:
        life.delete()
    assert refusal.value.response["Error"]["Code"] == "ConflictException"
    client.stop_canary(Name=name)
    life.delete()


def test_roles_of_a_grafana_workspace_are_given_and_taken(stage: Stage):
    client = stage.client("grafana")
    workspace = stage.parent("grafana:workspace")["id"]
    user = {"id": "1234567890-aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "type": "SSO_GROUP"}

    def change(action: str) -> None:
        batch = [{"action": action, "role": "EDITOR", "users": [user]}]
        assert client.update_permissions(workspaceId=workspace, updateInstructionBatch=batch)["errors"] == []

    change("ADD")
    assert client.list_permissions(workspaceId=workspace)["permissions"] == [{"user": user, "role": "EDITOR"}]
    change("REVOKE")
    assert client.list_permissions(workspaceId=workspace)["permissions"] == []


def test_operations_are_listed_with_what_they_do_not_do():
    from estate.cloud.apis import listed

    told = {(api.service, api.operation): api.told for api in listed()}
    assert told["synthetics", "UpdateCanary"] == "kept: nothing runs"
    assert told["cloudcontrol", "CreateResource"] == "Cloud Control"
