"""What nobody uses, found and scaled down by the handler itself: endpoints in the emulated SageMaker and CloudWatch."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipelines.handlers import idle
from tests.cloud.services.harness import Ground
from tests.cloud.services.hosting.test_endpoints import config, settled

NOW = datetime.now(UTC)
LATER = NOW + timedelta(hours=13)  # the endpoints are then older than the twelve hours that are looked at
PREFIX = "mlops-dev"


@pytest.fixture(scope="module")
def endpoints(ground: Ground) -> Iterator[Ground]:
    """Three endpoints with instances, of which one is asked; one of another environment; a table of records."""
    sagemaker = ground.client("sagemaker")
    name = config(ground, "model")
    for endpoint, tags in (
        (f"{PREFIX}-asked", []),
        (f"{PREFIX}-idle", []),
        (f"{PREFIX}-kept", [{"Key": "idle", "Value": "keep"}]),
        ("mlops-devil-idle", []),
    ):
        sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=name, Tags=tags)
        assert settled(ground, endpoint)["EndpointStatus"] == "InService"
    where = [{"Name": "EndpointName", "Value": f"{PREFIX}-asked"}, {"Name": "VariantName", "Value": "all"}]
    ground.client("cloudwatch").put_metric_data(
        Namespace="AWS/SageMaker",
        MetricData=[
            {"MetricName": "Invocations", "Dimensions": where, "Value": 3, "Timestamp": NOW + timedelta(hours=2)}
        ],
    )
    ground.client("dynamodb").create_table(
        TableName="incidents",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
    )
    yield ground
    for endpoint in sagemaker.list_endpoints()["Endpoints"]:
        sagemaker.delete_endpoint(EndpointName=endpoint["EndpointName"])


@pytest.fixture
def run(endpoints: Ground, monkeypatch: pytest.MonkeyPatch):
    """Runs the handler thirteen hours after the endpoints were made."""
    idle.client.cache_clear()
    for key, value in endpoints.cloud.environment().items():
        monkeypatch.setenv(key, value)

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return LATER

    monkeypatch.setattr(idle, "datetime", Clock)

    def running(**settings: Any) -> dict[str, dict[str, str]]:
        given = {
            "environment": "dev",
            "prefix": PREFIX,
            "table": "incidents",
            "hours": 12,
            "most": 10,
            "kinds": ["endpoints"],
            "endpoints": True,
        }
        monkeypatch.setenv("SETTINGS", json.dumps({**given, **settings}))
        return {each["name"]: each for each in idle.handle({}, None)["found"]}

    yield running
    idle.client.cache_clear()


def status(ground: Ground, name: str) -> str:
    try:
        return ground.client("sagemaker").describe_endpoint(EndpointName=name)["EndpointStatus"]
    except ClientError as error:
        return error.response["Error"]["Message"].partition(" ")[0]


def test_without_leave_to_act_it_only_says_what_it_would_do(run, endpoints):
    found = run(act=False)

    assert found[f"{PREFIX}-idle"] == {
        "kind": "endpoint",
        "name": f"{PREFIX}-idle",
        "reason": "no request in 12 hours",
        "outcome": "dry run",
    }
    assert set(found) == {f"{PREFIX}-idle", f"{PREFIX}-kept"}
    assert status(endpoints, f"{PREFIX}-idle") == "InService"


def test_a_window_with_a_request_in_it_is_no_idleness(run):
    assert set(run(act=False, hours=11)) == {f"{PREFIX}-idle", f"{PREFIX}-kept"}
    assert set(run(act=False, hours=10)) == {f"{PREFIX}-asked", f"{PREFIX}-idle", f"{PREFIX}-kept"}


def test_what_has_just_been_made_has_had_no_time_to_be_asked(run):
    assert run(act=True, hours=14) == {}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"endpoints": False}, "operations.idle.delete_endpoints is not set"),
        ({"keep": [f"{PREFIX}-idle"]}, "named in operations.idle.keep"),
        ({"keep": ["idle"]}, "named in operations.idle.keep"),
    ],
)
def test_a_protected_target_is_never_touched(run, endpoints, settings, why):
    found = run(act=True, **settings)

    assert found[f"{PREFIX}-idle"]["outcome"] == "left"
    assert found[f"{PREFIX}-idle"]["stays"].startswith(why)
    assert status(endpoints, f"{PREFIX}-idle") == "InService"


def test_a_run_scales_down_so_many_things_at_most(run, endpoints):
    assert run(act=True, most=0)[f"{PREFIX}-idle"]["outcome"] == "left: 0 in this run already"
    assert status(endpoints, f"{PREFIX}-idle") == "InService"


def test_an_idle_endpoint_of_a_sandbox_goes_and_what_it_was_made_of_stays(run, endpoints):
    described = endpoints.client("sagemaker").describe_endpoint(EndpointName=f"{PREFIX}-idle")
    found = run(act=True)

    assert (found[f"{PREFIX}-idle"]["outcome"], found[f"{PREFIX}-kept"]["outcome"]) == ("scaled down", "left")
    while status(endpoints, f"{PREFIX}-idle") == "Deleting":
        time.sleep(0.02)
    assert status(endpoints, f"{PREFIX}-idle") == "Could"  # not find endpoint
    assert [status(endpoints, name) for name in (f"{PREFIX}-kept", f"{PREFIX}-asked", "mlops-devil-idle")] == [
        "InService"
    ] * 3
    assert endpoints.client("sagemaker").describe_endpoint_config(EndpointConfigName=described["EndpointConfigName"])


def test_every_run_is_a_record(run, endpoints):
    run(act=False)
    (item,) = endpoints.client("dynamodb").query(
        TableName="incidents",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "idle"}},
    )["Items"]

    record = json.loads(item["body"]["S"])
    assert (item["sk"]["S"], record["act"]) == (LATER.isoformat(timespec="seconds"), False)
    assert [each["name"] for each in record["found"]] == [f"{PREFIX}-kept"]
