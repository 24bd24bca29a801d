"""Everything of the data layer in an emulated AWS: created, read back without loss, removed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from estate.cloud import Cloud
from estate.cloud.provider import CloudProvider
from estate.plan.record import record
from stacks import data, foundation
from stacks.environment import Environment
from stacks.settings import parse, read_stack_file
from stacks.upstream import Upstream
from stacks.workloads import read_workloads
from tests.cloud.resources.made import Made

ROOT = Path(__file__).resolve().parents[3]
ACCOUNT, REGION = "444444444444", "eu-west-1"
OF_DATA = (
    "aws:cognito/userGroup",
    "aws:emrserverless",
    "aws:glue",
    "aws:kinesis/firehose",
    "aws:lakeformation",
    "aws:msk",
    "aws:sagemaker",
    "aws:cloudwatch/logStream",
)


def settings() -> Mapping[str, Any]:
    """What `full` wants of the data layer, in a sandbox of two zones."""
    full = read_stack_file(ROOT / "Pulumi.full.yaml")
    return {
        "environment": "data",
        "aws": {"account_id": ACCOUNT, "region": REGION},
        "ownership": full["ownership"],
        "foundation": {
            "network": {"cidr": "10.40.0.0/16", "nat": "single", "interface_endpoints": False, "flow_logs": False},
            "github": {"repository": "example/mlops-estate"},
        },
        "models": {model: {} for model in full["models"]},
        "data": full["data"],
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    wanted = parse(settings())
    env, workloads = Environment.of(wanted), read_workloads(ROOT, wanted)

    def program() -> None:
        opts = env.options(env.provider(None))
        upstream = Upstream(read=lambda layer: pytest.fail(f"{layer} was read before it was made"))
        for name, layer in (("foundation", foundation), ("data", data)):
            upstream.add(name, layer.deploy(env, wanted, workloads, upstream, opts))

    with Cloud(account_id=ACCOUNT, region=REGION, workdir=tmp_path_factory.mktemp("cloud")) as cloud:
        provider = CloudProvider(cloud.client, ACCOUNT, patience=10)
        yield Made(provider, record(program, provider=provider), OF_DATA)


def test_nothing_that_was_asked_for_is_lost(made: Made) -> None:
    assert made.lost() == {}


def test_the_lake_is_open_to_nobody_by_iam_alone(made: Made) -> None:
    reading = made.reading("lake-governance-settings")

    assert (reading["CreateDatabaseDefaultPermissions"], reading["CreateTableDefaultPermissions"]) == ([], [])


def test_a_scientist_is_granted_what_is_not_personal(made: Made) -> None:
    reading = made.reading("lake-grant-dashboards-tables")

    assert reading["Resource"]["LFTagPolicy"]["Expression"] == [{"TagKey": "mlops-data-personal", "TagValues": ["no"]}]
    assert sorted(reading["Permissions"]) == ["DESCRIBE", "SELECT"]


def test_couriers_are_personal_wherever_their_rows_lie(made: Made) -> None:
    for table in ("raw", "curated", "quarantine", "history"):
        state = made.states[f"personal-data-delivery-eta-{table}-courier_id"]
        assert state.goal.inputs["tableWithColumns"]["columnNames"] == ["courier_id"]


def test_brokers_are_opened_to_firehose_after_they_are_there(made: Made) -> None:
    info = made.reading("kafka-cluster")["Provisioned"]["BrokerNodeGroupInfo"]["ConnectivityInfo"]

    assert info["VpcConnectivity"]["ClientAuthentication"]["Sasl"] == {"Iam": {"Enabled": True}}
    assert info["PublicAccess"] == {"Type": "DISABLED"}


def test_all_of_it_can_be_removed(made: Made) -> None:
    """The last test of the module: nothing is there after it."""
    assert made.removed() == set()
