"""What the tests of Kubernetes objects share: a place, a provider, and whether Kubernetes takes an object."""

from collections.abc import Callable

import pulumi
from pulumi_kubernetes import Provider

from components.base import Placement
from estate.engine.resource import Goal
from estate.engine.result import Result
from estate.engine.values import unwrap
from estate.plan import kubernetes
from estate.plan.record import record

VERSION = "1.35"
PLACE = Placement(
    prefix="mlops-test",
    path="/mlops/test/",
    account_id="111111111111",
    region="us-east-1",
    partition="aws",
    protected=False,
)


def made(program: Callable[[pulumi.ResourceOptions], object]) -> Result:
    """What `program` registers, given the options of a component on a cluster."""

    def run() -> None:
        provider = Provider("kubernetes", kubeconfig="{}")
        program(pulumi.ResourceOptions(providers=[provider]))

    return record(run)


def objects(result: Result) -> list[Goal]:
    return [goal for goal in result.goals if goal.type.startswith("kubernetes:")]


def faults(result: Result, version: str = VERSION) -> list[str]:
    """What Kubernetes, or the schema of a custom kind, would refuse; and kinds of which no schema is known."""
    found = []
    for goal in objects(result):
        for leaf in kubernetes.leaves(unwrap(goal.inputs), version):
            if leaf.allowed is not None:
                found.append(f"{goal.name} {leaf.path}: {leaf.allowed}")
            elif not leaf.bound:
                found.append(f"{goal.name} {leaf.path}: bound by no schema")
    return found
