"""A recorder for components: runs a few lines of Pulumi on the SDK's mocks and keeps what was registered."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pulumi
import pytest

from components.base import Placement


@dataclass
class Recorder(pulumi.runtime.Mocks):
    resources: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.resources[args.name] = (args.typ, args.inputs)
        outputs = {"arn": f"arn:aws:mock:::{args.name}", "keyId": f"{args.name}-key", "prefixListId": f"pl-{args.name}"}
        return f"{args.name}-id", {**outputs, **args.inputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> NoReturn:
        raise AssertionError(f"components look nothing up: {args.token}")

    def names(self, token: str) -> list[str]:
        """Logical names of the resources of a type, sorted."""
        return sorted(name for name, (other, _) in self.resources.items() if other == token)

    def types(self) -> list[str]:
        return sorted(token for token, _ in self.resources.values())

    def of(self, token: str) -> list[dict[str, Any]]:
        """Inputs of all resources of a type, by logical name."""
        return [self.resources[name][1] for name in self.names(token)]

    def inputs(self, token: str) -> dict[str, Any]:
        """Inputs of the one resource of a type."""
        (found,) = self.of(token)
        return found

    def named(self, name: str) -> dict[str, Any]:
        """Inputs of the resource with a logical name."""
        return self.resources[name][1]

    def statements(self, name: str, key: str = "policy") -> dict[str, dict[str, Any]]:
        """Statements of a resource's policy document, by Sid or position."""
        found = json.loads(self.named(name)[key])["Statement"]
        return {statement.get("Sid", str(i)): statement for i, statement in enumerate(found)}


Record = Callable[[Callable[[], object]], Recorder]


@pytest.fixture
def record() -> Record:
    def run(program: Callable[[], object]) -> Recorder:
        asyncio.set_event_loop(asyncio.new_event_loop())  # mocks bind to the loop that is current
        recorder = Recorder()
        pulumi.runtime.set_mocks(recorder)

        @pulumi.runtime.test
        def body() -> None:
            program()

        body()
        return recorder

    return run


@pytest.fixture
def place() -> Placement:
    return Placement(
        prefix="mlops-test",
        path="/mlops/test/",
        account_id="123456789012",
        region="eu-west-1",
        partition="aws",
        protected=False,
    )


@pytest.fixture
def protected(place: Placement) -> Placement:
    return place.model_copy(update={"protected": True})
