"""Runs the Pulumi program in `root`: as a preview, or against a provider."""

import os
import runpy
import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pulumi

from estate.engine.calls import Calls
from estate.engine.monitor import Monitor, References
from estate.engine.outcome import Decider
from estate.engine.preview import Preview
from estate.engine.project import Project, read_project
from estate.engine.provider import Provider
from estate.engine.reconcile import Reconciler
from estate.engine.removal import destroy, unprotect
from estate.engine.resource import Values
from estate.engine.result import EMPTY, Deployment, Interrupted, Op, ProgramError, Result, Step
from estate.engine.runtime import execute
from estate.engine.values import has_unknown

__all__ = [
    "EMPTY",
    "Deployment",
    "Interrupted",
    "Op",
    "ProgramError",
    "Result",
    "Step",
    "destroy",
    "preview",
    "run_body",
    "unprotect",
    "up",
]


def preview(root: Path, stack: str, *, stack_file: Path | None = None, references: References | None = None) -> Result:
    """What the program registers where nothing exists yet: every output that is not an input is unknown.

    `stack_file` replaces `Pulumi.<stack>.yaml`; `references` are outputs by `organization/project/stack`.
    Raises ProgramError.
    """
    project = read_project(root, stack, stack_file)
    decider = Preview()
    monitor = _monitor(decider, project, stack, references)
    _run(_program(project), monitor, project, stack, preview=True, root=root)
    return Result(Deployment({}, monitor.outputs), tuple(decider.steps), tuple(monitor.goals))


def up(
    root: Path,
    stack: str,
    provider: Provider,
    before: Deployment = EMPTY,
    *,
    stack_file: Path | None = None,
    references: References | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> Result:
    """Brings what exists to what the program asks for; `on_step` is told of each resource when it is done.

    Raises ProgramError and Interrupted, whose `deployment` is what exists then.
    """
    project = read_project(root, stack, stack_file)
    return run_body(
        _program(project), project, stack, provider, before, references=references, on_step=on_step, root=root
    )


def run_body(
    body: Callable[[], object],
    project: Project,
    stack: str,
    provider: Provider,
    before: Deployment = EMPTY,
    *,
    references: References | None = None,
    on_step: Callable[[Step], None] | None = None,
    root: Path | None = None,
) -> Result:
    """Runs `body` as the project's program against a provider, as `up` does."""
    with Calls(provider) as calls:
        reconciler = Reconciler(calls, before, on_step)
        monitor = _monitor(reconciler, project, stack, references)
        try:
            _run(body, monitor, project, stack, preview=False, root=root or project.folder)
            _refuse_unknown(monitor.outputs)
            reconciler.finish()
        except ProgramError as error:
            raise ProgramError(str(error), reconciler.deployment(before.outputs)) from error.__cause__
        except KeyboardInterrupt:
            raise Interrupted(reconciler.deployment(before.outputs)) from None
        deployment = reconciler.deployment(monitor.outputs)
        return Result(deployment, tuple(reconciler.steps), tuple(monitor.goals))


def _monitor(decider: Decider, project: Project, stack: str, references: References | None) -> Monitor:
    return Monitor(decider, stack, project.name, project.folder, references or {})


def _run(
    body: Callable[[], object], monitor: Monitor, project: Project, stack: str, *, preview: bool, root: Path
) -> None:
    try:
        with _surroundings(project.folder):
            execute(
                body,
                monitor,
                stack=stack,
                project=project.name,
                folder=project.folder,
                config=project.config,
                preview=preview,
            )
    except Exception as error:
        if monitor.failure is None:
            raise ProgramError(_explained(error, root.resolve())) from error
    except SystemExit as error:
        raise ProgramError(f"the program called exit({error.code!r})") from error
    if monitor.failure is not None:
        raise monitor.failure


def _refuse_unknown(outputs: Values) -> None:
    for name, value in outputs.items():
        if has_unknown(value):
            raise ProgramError(f"stack output {name} is not known; a provider did not give what it is made from")


def _program(project: Project) -> Callable[[], object]:
    return lambda: runpy.run_path(str(project.program), run_name="__main__")


def _explained(error: Exception, root: Path) -> str:
    """What a person has to know: the message alone where the program chose it, else also the program's line."""
    if isinstance(error, pulumi.RunError):
        return str(error)
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_relative(Path(error.filename), root)}:{error.lineno}: SyntaxError: {error.msg}"
    message = f"{type(error).__name__}: {error}"
    cause: BaseException | None = error
    while cause is not None:
        for frame in reversed(traceback.extract_tb(cause.__traceback__)):
            path = Path(frame.filename)
            if path.is_relative_to(root) and "site-packages" not in path.parts:
                return f"{_relative(path, root)}:{frame.lineno}: {message}"
        cause = cause.__cause__ or cause.__context__
    return message


def _relative(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path


@contextmanager
def _surroundings(folder: Path) -> Generator[None]:
    """Working folder, import path and environment as Pulumi's language host sets them; restored afterwards."""
    cwd, path = Path.cwd(), list(sys.path)
    ambient = {key: value for key, value in os.environ.items() if key.startswith("PULUMI_")}
    try:
        for key in ambient:
            del os.environ[key]
        os.environ["PULUMI_ERROR_OUTPUT_STRING"] = "true"  # an Output put into text is an error, not odd text
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        yield
    finally:
        sys.path[:] = path
        os.chdir(cwd)
        del os.environ["PULUMI_ERROR_OUTPUT_STRING"]
        os.environ.update(ambient)
