"""Runs a few lines that register resources, for the tests of components: no project, no cloud, no files."""

from collections.abc import Callable
from pathlib import Path

from estate.engine.program import run_body
from estate.engine.project import Project
from estate.engine.provider import Provider
from estate.engine.result import Result
from estate.plan.standin import StandInProvider


def record(
    program: Callable[[], object],
    *,
    stack: str = "test",
    project: str = "mlops-estate",
    provider: Provider | None = None,
) -> Result:
    """What `program` registers, in `Result.goals`; `Result.named(name)` and `Result.one(type)` find one of them.

    Outputs come from `provider`; by default they are those of a plan.
    Raises ProgramError; the error that `program` raised is its cause.
    """
    here = Path.cwd()
    place = Project(project, here / "__main__.py", here, {})
    return run_body(program, place, stack, provider or StandInProvider(), root=here)
