"""An environment has the same resources whether one stack holds it or several."""

import subprocess
from pathlib import Path

import pytest

from estate.engine.program import ProgramError, up
from estate.engine.resource import Goal
from estate.plan.standin import StandInProvider

ROOT = Path(__file__).resolve().parents[2]
STACKS = {
    "prod-base": ["foundation", "data", "governance"],
    "prod-cluster": ["training"],
    "prod-models": ["registry", "serving", "monitoring", "operations"],
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    wanted = ("Pulumi.", "__main__.py", "pipelines/workloads/")
    for name in listed.splitlines():
        if name.startswith(wanted):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


def split(project: Path, stacks: dict[str, list[str]]) -> None:
    for stack, layers in stacks.items():
        (project / f"Pulumi.{stack}.yaml").write_text(
            "config:\n  mlops-estate:environment: prod\n  mlops-estate:layers:\n"
            + "".join(f"    - {layer}\n" for layer in layers)
        )


def identity(goal: Goal) -> str:
    return goal.urn.split("::", 2)[2]


def own(goals: tuple[Goal, ...]) -> dict[str, Goal]:
    """What a stack makes: not the stack itself, its references, nor its provider, of which each stack has its own."""
    left_out = ("pulumi:pulumi:Stack", "pulumi:pulumi:StackReference", "pulumi:providers:aws")
    return {identity(goal): goal for goal in goals if goal.type not in left_out}


def test_whole_and_split_have_the_same_resources(project: Path):
    whole = own(up(project, "prod", StandInProvider()).goals)
    split(project, STACKS)
    parts: dict[str, Goal] = {}
    references: dict[str, dict[str, object]] = {}
    for stack in STACKS:
        result = up(project, stack, StandInProvider(), references=references)
        made = own(result.goals)
        assert not parts.keys() & made.keys()
        parts |= made
        references[f"organization/mlops-estate/{stack}"] = dict(result.deployment.outputs)

    assert sorted(parts) == sorted(whole)
    assert {name: goal.protect for name, goal in parts.items()} == {name: goal.protect for name, goal in whole.items()}


def test_a_layer_that_no_stack_holds_is_named(project: Path):
    split(project, {"prod-models": ["data"]})
    with pytest.raises(ProgramError, match=r"layer 'foundation' is needed, and is held by no stack"):
        up(project, "prod-models", StandInProvider())


def test_a_layer_that_two_stacks_hold_is_refused(project: Path):
    split(project, {"prod-one": ["foundation"], "prod-two": ["foundation"], "prod-data": ["data"]})
    with pytest.raises(ProgramError, match=r"held by prod-one and prod-two"):
        up(project, "prod-data", StandInProvider())
