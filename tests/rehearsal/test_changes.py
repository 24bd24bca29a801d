"""Running the program again against a cloud that holds its resources touches what changed, and nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from estate.cloud import Cloud
from estate.cloud.provider import CloudProvider
from estate.engine.program import Deployment, Step, up
from tests.rehearsal.harness import ROOT, edit

ACCOUNT = "111111111111"


class Estate:
    """`dev`, provisioned once in an emulated AWS; each run changes its settings by a function."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self._provider = CloudProvider(cloud.client, ACCOUNT)
        self._file = folder / "Pulumi.dev.yaml"
        self._file.write_bytes((ROOT / "Pulumi.dev.yaml").read_bytes())
        self.deployment: Deployment = up(ROOT, "dev", self._provider, stack_file=self._file).deployment

    def run(self, change: Callable[[Any], None] = lambda config: None) -> list[Step]:
        edit(self._file, lambda document: change(document["config"]))
        result = up(ROOT, "dev", self._provider, self.deployment, stack_file=self._file)
        self.deployment = result.deployment
        return [step for step in result.steps if step.op not in ("same", "read")]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    folder = tmp_path_factory.mktemp("changes")
    with Cloud(account_id=ACCOUNT, region="us-east-1", workdir=folder / "cloud") as cloud:
        yield Estate(cloud, folder)


def test_an_unchanged_program_does_nothing(estate: Estate):
    assert estate.run() == []


def test_a_changed_alarm_threshold_is_one_update(estate: Estate):
    def change(config: Any) -> None:
        config["mlops-estate:models"]["delivery-eta"] = {"drift_threshold": 3}

    (step,) = estate.run(change)

    assert (step.op, step.type) == ("update", "aws:cloudwatch/metricAlarm:MetricAlarm")
    assert set(step.changed) == {"alarmDescription", "threshold"}


def test_a_changed_create_only_property_is_one_replacement(estate: Estate):
    def change(config: Any) -> None:
        config["mlops-estate:training"]["cluster"] = {
            "node_groups": {"gpu": {"instance_type": "g5.2xlarge", "image": "bottlerocket"}}
        }

    (step,) = estate.run(change)

    assert (step.op, step.type, step.changed) == ("replace", "aws:eks/nodeGroup:NodeGroup", ("instanceTypes",))
