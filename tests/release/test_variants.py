"""Challengers, shadows and other endpoints are verified like the release that they stand beside."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ruamel.yaml import YAML

from estate.cloud import Cloud
from estate.release.account import Estate, connect
from estate.release.archives import difference, publish
from estate.release.packages import block, describe
from estate.release.promote import MODELS
from estate.release.verify import verify
from tests.release.conftest import ACCOUNT, GROUP, MODEL, ROOT

SLOT = {"challenger_slot": {}}
MANY = {"history": {"mode": "multi-model"}}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/scheduler"


def pinned(estate: Estate, **settings: Any) -> Estate:
    """The estate under settings of the model that are changed in its file."""
    yaml = YAML()
    document = yaml.load(estate.stack_file)
    document["config"][MODELS][MODEL] = settings
    yaml.dump(document, estate.stack_file)
    return connect(ROOT, "dev", estate.stack_file, estate.client)


def release(arn: str) -> dict[str, object]:
    return {"version": int(arn.rpartition("/")[2]), "package_arn": arn}


def differences(estate: Estate, *, live: bool) -> Mapping[str, str | None]:
    return {verdict.endpoint: verdict.difference for verdict in verify(estate, live=live) if verdict.model == MODEL}


@pytest.mark.parametrize("rival", ["challenger", "shadow"])
def test_a_blocked_rival_must_not_roll_out(estate: Estate, register: Callable[..., str], rival: str):
    own, other = register(), register()
    beside = {"percent": 10, "release": release(other)}
    endpoint = SLOT if rival == "challenger" else {}
    wanted = pinned(estate, release=release(own), endpoint=endpoint, **{rival: beside})
    assert differences(wanted, live=False) == {GROUP: None}

    block(wanted, other, who="test", why="unfair")

    assert differences(wanted, live=False) == {
        GROUP: f"the pinned {rival}'s version {release(other)['version']} is blocked, its status is Rejected: "
        "test: unfair"
    }


def test_each_endpoint_of_a_release_has_a_verdict(estate: Estate, register: Callable[..., str]):
    more = {"bulk": {"mode": "asynchronous"}, "nightly": {"mode": "batch", "schedule": "rate(1 day)"}}
    wanted = pinned(estate, release=release(register()), more_endpoints=more)

    assert differences(wanted, live=True) == {
        GROUP: "the endpoint is absent",
        f"{GROUP}-bulk": "the endpoint is absent",
        f"{GROUP}-nightly-transform": "the endpoint is absent",
    }


def test_a_transform_of_another_version_is_a_difference(
    estate: Estate, cloud: Cloud, register: Callable[..., str], archive: str
):
    old, new = (register(url=archive) for _ in range(2))
    cloud.client("iam").create_role(RoleName="scheduler", AssumeRolePolicyDocument=trust("scheduler", "sagemaker"))
    cloud.client("sagemaker").create_model(
        ModelName="old", PrimaryContainer={"ModelPackageName": old}, ExecutionRoleArn=ROLE
    )
    cloud.client("scheduler").create_schedule(
        Name=f"{GROUP}-nightly-transform",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createTransformJob",
            "RoleArn": ROLE,
            "Input": json.dumps({"ModelName": "old"}),
        },
    )
    more = {"nightly": {"mode": "batch", "schedule": "rate(1 day)"}}

    found = differences(pinned(estate, release=release(new), more_endpoints=more), live=True)

    assert found[f"{GROUP}-nightly-transform"] == f"serves {old}, not the pinned {new}"


def trust(*services: str) -> str:
    allowed = {"Service": [f"{service}.amazonaws.com" for service in services]}
    statement = {"Effect": "Allow", "Principal": allowed, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_only_approved_archives_can_be_loaded(estate: Estate, cloud: Cloud, register: Callable[..., str], archive: str):
    first, second = (register(url=archive) for _ in range(2))
    wanted = pinned(estate, release=release(second), more_endpoints=MANY)
    served = f"{archive.rpartition('/')[0]}/served"
    version = release(second)["version"]
    pin = wanted.settings.models[MODEL].release
    assert pin is not None
    missing = f"{served}/v{version}.tar.gz is missing; promote the version again"
    assert difference(wanted, MODEL, pin) == missing

    for each in (first, second):
        assert publish(wanted, MODEL, describe(wanted, each)) == f"{served}/v{release(each)['version']}.tar.gz"
    assert difference(wanted, MODEL, pin) is None

    block(wanted, first, who="test", why="unfair")
    number = release(first)["version"]
    assert difference(wanted, MODEL, pin) == (
        f"{served}/v{number}.tar.gz can be loaded, but version {number} is not approved"
    )

    publish(wanted, MODEL, describe(wanted, second))
    assert difference(wanted, MODEL, pin) is None


def test_a_model_without_such_an_endpoint_publishes_nothing(estate: Estate, register: Callable[..., str]):
    arn = register()

    assert publish(pinned(estate, release=release(arn)), MODEL, describe(estate, arn)) is None
