"""A cloud in a dictionary, and programs of a few lines."""

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from estate.engine.monitor import References
from estate.engine.program import EMPTY, Deployment, Result, preview, up
from estate.engine.provider import ProviderError
from estate.engine.resource import Goal, State, Values
from estate.plan.standin import StandInProvider

IMPORTS = """
import json
import pulumi
import pulumi_aws as aws
from pulumi import Alias, ComponentResource, Output, ResourceOptions
from pulumi_aws import iam, s3, sqs
"""
TRUST = "{}"


@dataclass
class FakeCloud:
    """Keeps what was created, and the calls in their order, `<verb> <logical name>`."""

    exists: dict[str, Goal] = field(default_factory=dict)  # by id
    calls: list[str] = field(default_factory=list)
    configured: list[Values] = field(default_factory=list)
    create_only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    in_place: bool = False
    failing: str | None = None  # `<verb> <logical name>`
    answer: str = "the quota is used up"  # to the failing call
    during: Callable[[str], None] = lambda call: None
    answers: Mapping[str, Values] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()  # outputs that are not given
    count: int = 0

    def _call(self, verb: str, goal: Goal) -> None:
        self.calls.append(f"{verb} {goal.name}")
        self.during(self.calls[-1])
        if self.calls[-1] == self.failing:
            raise ProviderError(self.answer)

    def configure(self, goal: Goal) -> None:
        self._call("configure", goal)
        self.configured.append(goal.inputs)

    def create(self, goal: Goal) -> State:
        self._call("create", goal)
        self.count += 1
        id = f"{goal.name}-{self.count}"
        self.exists[id] = goal
        outputs = {**StandInProvider().create(goal).outputs, "arn": f"arn:aws:::{id}"}
        return State(goal, id, {key: value for key, value in outputs.items() if key not in self.silent})

    def read(self, goal: Goal) -> State:
        self._call("read", goal)
        return State(
            goal,
            goal.external_id or "",
            {**StandInProvider().create(goal).outputs, "arn": f"arn:aws:::{goal.external_id}"},
        )

    def update(self, old: State, goal: Goal) -> State:
        self._call("update", goal)
        self.exists[old.id] = goal
        return State(goal, old.id, {**old.outputs, **goal.inputs})

    def delete(self, state: State) -> None:
        self._call("delete", state.goal)
        del self.exists[state.id]

    def replaces(self, type: str) -> frozenset[str]:
        return self.create_only.get(type, frozenset())

    def must_replace(self, goal: Goal, old: Goal) -> bool:
        return False

    def replaces_in_place(self, goal: Goal, old: Goal | None = None) -> bool:
        return self.in_place

    def invoke(self, token: str, args: Values) -> Values:
        self.calls.append(f"invoke {token}")
        return self.answers[token]


@dataclass
class Bench:
    """A project folder whose program and settings change from run to run, and what they made so far."""

    root: Path
    cloud: FakeCloud = field(default_factory=FakeCloud)
    deployment: Deployment = EMPTY

    def write(self, program: str, config: str = "{}") -> None:
        (self.root / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
        (self.root / "Pulumi.dev.yaml").write_text(f"config: {config}\n")
        (self.root / "__main__.py").write_text(IMPORTS + textwrap.dedent(program))

    def preview(self, program: str, references: References | None = None) -> Result:
        self.write(program)
        return preview(self.root, "dev", references=references)

    def up(self, program: str, references: References | None = None) -> Result:
        """Runs the program on what the runs before left, and forgets the calls of those."""
        self.write(program)
        self.cloud.calls.clear()
        result = up(self.root, "dev", self.cloud, self.deployment, references=references)
        self.deployment = result.deployment
        return result


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def ops(result: Result) -> list[str]:
    """The steps as `<op> <logical name>`."""
    return [f"{step.op} {step.name}" for step in result.steps]


@pytest.fixture(name="ops")
def _ops() -> Callable[[Result], list[str]]:
    return ops
