"""Studio's apps and GPU node groups: nothing emulates their use, so AWS's answers are written down here."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from pipelines.handlers import idle

NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)


def setup(**changes):
    given: dict[str, Any] = {"environment": "dev", "prefix": "mlops-dev", "table": "t", "hours": 12, "most": 5}
    given |= {"kinds": (), "cluster": "mlops-dev-gpu", "domain": "d-1"}
    return idle.Setup(**(given | changes))


@pytest.fixture
def stubbed(monkeypatch):
    """Clients that answer what they are told, and refuse a call that nobody expects."""
    clients = {}

    def client(service):
        if service not in clients:
            made = boto3.client(service, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
            clients[service] = (made, Stubber(made))
            clients[service][1].activate()
        return clients[service][0]

    monkeypatch.setattr(idle, "client", client)

    def expect(service, *answers):
        client(service)
        for operation, answer in answers:
            clients[service][1].add_response(operation, answer)

    yield expect
    for _, stubber in clients.values():
        stubber.assert_no_pending_responses()


def app(name, kind="JupyterLab", status="InService", **more):
    return {"DomainId": "d-1", "AppType": kind, "AppName": name, "SpaceName": "ada", "Status": status, **more}


def test_an_app_that_nobody_uses_is_stopped(stubbed):
    stubbed(
        "sagemaker",
        (
            "list_apps",
            {
                "Apps": [
                    app("used"),
                    app("idle"),
                    app("gone", status="Deleted"),
                    app("default", "JupyterServer"),
                ]
            },
        ),
        ("describe_app", {"LastUserActivityTimestamp": NOW - timedelta(hours=1), "CreationTime": LONG_AGO}),
        ("describe_app", {"LastUserActivityTimestamp": NOW - timedelta(hours=13), "CreationTime": LONG_AGO}),
        ("delete_app", {}),
    )
    (found,) = idle.apps(setup(), NOW)

    assert (found.kind, found.name, found.stays) == ("app", "ada/JupyterLab/idle", "")
    assert found.reason == "not used since 2026-11-20T07:00+00:00"
    assert found.stop is not None
    found.stop()


def test_the_apps_of_somebody_who_is_named_stay(stubbed):
    stubbed(
        "sagemaker",
        ("list_apps", {"Apps": [app("idle")]}),
        ("describe_app", {"CreationTime": LONG_AGO}),
    )
    (found,) = idle.apps(setup(keep=("ada",)), NOW)

    assert found.stays == "named in operations.idle.keep"


def group(minimum=0, desired=2, tags=None, created=LONG_AGO):
    return {
        "nodegroup": {
            "scalingConfig": {"minSize": minimum, "maxSize": 4, "desiredSize": desired},
            "createdAt": created,
            "instanceTypes": ["g5.xlarge"],
            "resources": {"autoScalingGroups": [{"name": "asg"}]},
            "tags": tags or {},
        }
    }


def cores(number=4):
    return ("describe_instance_types", {"InstanceTypes": [{"VCpuInfo": {"DefaultVCpus": number}}]})


def busiest(*percents):
    return {"Datapoints": [{"Maximum": percent, "Timestamp": NOW} for percent in percents]}


def test_nodes_that_do_nothing_go_and_autoscaling_may_bring_them_back(stubbed):
    stubbed(
        "eks",
        ("list_nodegroups", {"nodegroups": ["gpu"]}),
        ("describe_nodegroup", group()),
        ("update_nodegroup_config", {}),
    )
    stubbed("cloudwatch", ("get_metric_statistics", busiest(2.0, 7.5, 3.0)))
    stubbed("ec2", cores())
    (found,) = idle.node_groups(setup(), NOW)

    assert (found.name, found.reason) == ("gpu", "2 nodes, none with more than 0.30 cores busy in 12 hours")
    assert found.stop is not None
    found.stop()


@pytest.mark.parametrize(
    "described",
    [group(minimum=1), group(desired=0), group(created=NOW - timedelta(hours=2))],
    ids=["it must stand", "it has no node", "it is new"],
)
def test_node_groups_that_are_not_looked_at(stubbed, described):
    stubbed("eks", ("list_nodegroups", {"nodegroups": ["gpu"]}), ("describe_nodegroup", described))

    assert list(idle.node_groups(setup(), NOW)) == []


@pytest.mark.parametrize(
    ("measured", "size"),
    [(busiest(2.0, 55.0), 4), (busiest(1.0), 192), (busiest(), 4)],
    ids=["a job ran", "one core of many was busy", "nothing was measured"],
)
def test_nodes_that_work_or_are_not_measured_stay(stubbed, measured, size):
    stubbed("ec2", cores(size))
    stubbed("eks", ("list_nodegroups", {"nodegroups": ["gpu"]}), ("describe_nodegroup", group()))
    stubbed("cloudwatch", ("get_metric_statistics", measured))

    assert list(idle.node_groups(setup(), NOW)) == []


def test_a_node_group_that_is_tagged_stays(stubbed):
    stubbed("eks", ("list_nodegroups", {"nodegroups": ["gpu"]}), ("describe_nodegroup", group(tags={"idle": "keep"})))
    stubbed("cloudwatch", ("get_metric_statistics", busiest(1.0)))
    stubbed("ec2", cores())
    (found,) = idle.node_groups(setup(), NOW)

    assert found.stays == "tagged idle: keep"


def test_without_a_cluster_or_a_studio_nothing_is_asked():
    assert [*idle.node_groups(setup(cluster=""), NOW), *idle.apps(setup(domain=""), NOW)] == []


def test_what_cannot_be_listed_is_an_error_once_the_rest_is_looked_at(stubbed, monkeypatch, capsys):
    monkeypatch.setenv(
        "SETTINGS",
        '{"environment":"dev","prefix":"mlops-dev","table":"t","hours":12,"most":5,"kinds":["apps","node-groups"],'
        '"cluster":"mlops-dev-gpu","domain":"d-1"}',
    )
    made = boto3.client("sagemaker", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    refusing = Stubber(made)
    refusing.add_client_error("list_apps", "AccessDenied", "no")
    refusing.activate()
    stubbed("eks", ("list_nodegroups", {"nodegroups": ["gpu"]}), ("describe_nodegroup", group()))
    stubbed("cloudwatch", ("get_metric_statistics", busiest(1.0)))
    stubbed("ec2", cores())
    stubbed("dynamodb", ("put_item", {}))
    known = idle.client
    monkeypatch.setattr(idle, "client", lambda service: made if service == "sagemaker" else known(service))

    with pytest.raises(RuntimeError, match="AccessDenied"):
        idle.handle({}, None)

    record = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["outcome"]) for each in record["found"]] == [("gpu", "dry run")]
    assert "AccessDenied" in record["not_looked_at"]["apps"]
