"""What the tests of components share: what a few lines of Pulumi register, and where they stand."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from components.base import Placement
from contracts.workload import Workload
from estate.cloud import Cloud
from estate.cloud.provider import CloudProvider
from estate.engine.resource import Goal
from estate.engine.result import ProgramError, Result
from estate.plan.record import record as run
from tests.components.places import placement


class Recorded:
    """What was registered, by logical name or by type."""

    def __init__(self, result: Result) -> None:
        self.goals = result.goals
        self.made = result.made
        self.resources = {goal.name: (goal.type, dict(goal.inputs)) for goal in result.goals}

    def __contains__(self, name: str) -> bool:
        return name in self.resources

    def types(self) -> list[str]:
        return sorted(goal.type for goal in self.goals)

    def names(self, token: str) -> list[str]:
        """Logical names of the resources of a type, sorted."""
        return sorted(goal.name for goal in self.goals if goal.type == token)

    def of(self, token: str) -> list[dict[str, Any]]:
        """Inputs of all resources of a type, by logical name."""
        return [self.named(name) for name in self.names(token)]

    def inputs(self, token: str) -> dict[str, Any]:
        """Inputs of the one resource of a type."""
        (found,) = self.of(token)
        return found

    def goal(self, name: str) -> Goal:
        """The resource with a logical name, with its options."""
        (found,) = [goal for goal in self.goals if goal.name == name]
        return found

    def named(self, name: str) -> dict[str, Any]:
        """Inputs of the resource with a logical name."""
        return self.resources[name][1]

    def id(self, name: str) -> str:
        """What the resource with a logical name is known by."""
        return self.made(name).id

    def statements(self, name: str, key: str = "policy") -> dict[str, dict[str, Any]]:
        """Statements of a resource's policy document, by Sid or position."""
        found = json.loads(self.named(name)[key])["Statement"]
        return {statement.get("Sid", str(i)): statement for i, statement in enumerate(found)}


Record = Callable[[Callable[[], object]], Recorded]


@pytest.fixture
def record() -> Record:
    def recorded(program: Callable[[], object]) -> Recorded:
        try:
            return Recorded(run(lambda: _none(program())))
        except ProgramError as error:
            raise error.__cause__ or error from None

    return recorded


def _none(_value: object) -> None:
    """A program's result is of no concern."""


@pytest.fixture(scope="session")
def place() -> Placement:
    return placement()


@pytest.fixture
def protected_place(place: Placement) -> Placement:
    return place.model_copy(update={"protected": True})


@pytest.fixture(scope="module")
def cloud(place: Placement, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One emulated AWS a test module, of the account and region where components stand."""
    with Cloud(account_id=place.account_id, region=place.region, workdir=tmp_path_factory.mktemp("cloud")) as opened:
        yield opened


@pytest.fixture(scope="module")
def provider(cloud: Cloud, place: Placement) -> CloudProvider:
    return CloudProvider(cloud.client, place.account_id, patience=10)


@pytest.fixture
def workload() -> Workload:
    """A small workload that is none of those that ship: `ride-fare`."""

    def column(kind: str, **more: object) -> dict[str, object]:
        return {"type": kind, "description": f"A {kind}.", **more}

    return Workload.model_validate(
        {
            "name": "ride-fare",
            "task": "regression",
            "synthetic": True,
            "source": "made up for tests",
            "purpose": {"problem": "p", "users": "u", "success": "s", "risk": "minimal"},
            "data": {
                "key": "ride_id",
                "event_time": "asked_at",
                "label": "fare",
                "label_time": "paid_at",
                "arrival_time": "landed_at",
                "columns": {
                    "ride_id": column("string", unique=True),
                    "asked_at": column("timestamp"),
                    "fare": column("number", minimum=0),
                    "paid_at": column("timestamp"),
                    "landed_at": column("timestamp"),
                    "rider_email": column("string", pii=True),
                    "shared": column("boolean"),
                },
            },
            "features": {"distance_km": column("number"), "stops": column("integer")},
            "gate": {"metric": "mae", "direction": "minimize", "threshold": 2.0, "baseline_gain": 0.1},
        }
    )
