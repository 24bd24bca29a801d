"""Runs the stages in order, cleans up whatever happens, and tells how it went."""

import json
import signal
import time
import traceback
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

from rich.console import Console

from estate.cloud import Cloud
from estate.plan.settings import read_settings, refuse_unknown_instances
from estate.rehearsal.context import Rehearsal, temporary_folder
from estate.rehearsal.fault import Fault, FaultError
from estate.rehearsal.fault_files import choose
from estate.rehearsal.injection import inject
from estate.rehearsal.preflight import check_rows
from estate.rehearsal.scenario import DESTROY, STAGES, Stage
from estate.rehearsal.stage import Outcome, Report, StageFailed, StageSkipped, Status
from estate.rehearsal.story import tell
from estate.rehearsal.summary import table
from estate.release.account import connect
from stacks.workloads import read_workloads

SPEED = 30.0  # minutes of baking and of alarm periods take seconds


class UnknownStage(Exception):
    """`--until` names no stage."""


class Interrupted(KeyboardInterrupt):
    """SIGINT or SIGTERM, `number`; leaves through every clean-up, and nothing may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def rehearse(
    root: Path,
    environment: str,
    *,
    until: str | None = None,
    keep: bool = False,
    account: str | None = None,
    faults: Sequence[str] = (),
    fault_files: Sequence[Path] = (),
    json_file: Path | None = None,
    report_folder: Path | None = None,
    console: Console | None = None,
) -> Report:
    """Rehearses `environment`; nothing of it is left, on this machine or in the emulated AWS.

    `until` is the last stage before the estate is destroyed. `keep` holds the estate until Ctrl-C after that stage,
    with the variables printed that another program needs to reach it. `account` is the account whose credentials are
    at hand; by default the one that the settings allow. With `faults` (names, or `all`) or `fault_files` only the
    stages are run that these need, and those up to `until`; then one fault after another is injected.

    Raises UnknownStage, FaultError, SettingsError, WorkloadError, and ReleaseError for another account's credentials,
    before anything is made.
    """
    console = console if console is not None else Console(stderr=True)
    names = [stage.name for stage in STAGES]
    if until is not None and until not in names:
        raise UnknownStage(f"--until {until}: no such stage; stages: {', '.join(names)}")
    chosen = choose(faults, fault_files, names)
    last = _last(names, until, chosen)
    settings = read_settings(root, environment)
    refuse_unknown_instances(root, settings)
    check_rows(read_workloads(root, settings))
    for folder in (json_file.parent if json_file is not None else None, report_folder):
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)  # now, and not when there is something to be lost
    started = time.monotonic()
    with interruptible(), temporary_folder() as scratch:
        workdir = Path(scratch)
        with Cloud(
            account_id=account if account is not None else settings.aws.account_id,
            region=settings.aws.region,
            workdir=workdir / "cloud",
            speed=SPEED,
            schedules=False,  # by a clock that is so fast, any could be due at any time; stages fire what they show
        ) as cloud:
            rehearsal = Rehearsal.open(
                root,
                environment,
                cloud,
                workdir,
                lambda line: console.print(f"  {line}", highlight=False, markup=False),
            )
            connect(root, environment, rehearsal.stack_file, cloud.client)  # refuses another account's credentials
            outcomes = _run(rehearsal, last, chosen, keep, console)
    report = Report(environment, time.monotonic() - started, tuple(outcomes), rehearsal.notes)
    _hand_over(report, json_file, report_folder, console)
    return report


def _hand_over(report: Report, json_file: Path | None, report_folder: Path | None, console: Console) -> None:
    console.print(table(report))
    if json_file is not None:
        json_file.write_text(json.dumps(report.to_json(), indent=2) + "\n")
    if report_folder is not None:
        from estate.rehearsal.page import write_page

        console.print(f"report: {write_page(report, report_folder)}")


def _last(names: Sequence[str], until: str | None, faults: Sequence[type[Fault]]) -> str | None:
    """The last stage to run; None for all. Raises FaultError where `until` comes before what a fault needs."""
    if not faults:
        return until
    neediest = max(faults, key=lambda kind: names.index(kind.needs))
    if until is not None and names.index(until) < names.index(neediest.needs):
        raise FaultError(f"--until {until}: fault {neediest.name} needs {neediest.needs}, which comes later")
    return until if until is not None else neediest.needs


def _run(
    rehearsal: Rehearsal, last: str | None, faults: Sequence[type[Fault]], keep: bool, console: Console
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    stopped: str | None = None
    try:
        for stage in STAGES:
            if stopped is not None:
                outcomes.append(Outcome(stage.name, Status.SKIPPED, 0.0, {"reason": stopped}))
                continue
            outcomes.append(_stage(stage, rehearsal, console))
            if outcomes[-1].status is Status.FAILED:
                stopped = f"{stage.name} failed"
            elif stage.name == last:
                stopped = f"after {last}, the last that was asked for"
        if not any(outcome.status is Status.FAILED for outcome in outcomes):
            outcomes += _faults(rehearsal, faults, console)
        if rehearsal.before is not None:
            tell(rehearsal)
        if keep:
            _hold(rehearsal, console)
    finally:
        # Also after a failure and an interrupt: the estate goes the way it came.
        outcomes.append(_stage(DESTROY, rehearsal, console))
    return outcomes


def _faults(rehearsal: Rehearsal, faults: Sequence[type[Fault]], console: Console) -> list[Outcome]:
    """One outcome a fault. One that fails is undone, and the next is injected if the estate is well all the same."""
    return [_stage(Stage(f"fault:{kind.name}", partial(inject, kind)), rehearsal, console) for kind in faults]


def _stage(stage: Stage, rehearsal: Rehearsal, console: Console) -> Outcome:
    console.print(f"[bold]{stage.name}[/bold]")
    started = time.monotonic()
    try:
        evidence, status = stage.run(rehearsal), Status.PASSED
    except StageSkipped as reason:
        evidence, status = {"reason": str(reason)}, Status.SKIPPED
    except StageFailed as failure:
        evidence, status = {**failure.evidence, "error": str(failure)}, Status.FAILED
        console.print(f"  {failure}", style="red", highlight=False, markup=False)
    except Exception as fault:  # what no stage foresaw fails its stage, and the estate is still destroyed and reported
        message = f"{type(fault).__name__}: {fault}"
        evidence, status = {"error": message, "trace": traceback.format_exc().splitlines()}, Status.FAILED
        console.print(f"  {message}", style="red", highlight=False, markup=False)
    return Outcome(stage.name, status, time.monotonic() - started, evidence)


def _hold(rehearsal: Rehearsal, console: Console) -> None:
    console.print("The estate is up. To reach it from another shell:")
    for name, value in sorted(rehearsal.cloud.environment().items()):
        console.print(f"  export {name}={value}", highlight=False, markup=False)
    console.print("Ctrl-C destroys it.")
    try:
        signal.pause()
    except Interrupted:
        console.print("destroying")


@contextmanager
def interruptible() -> Generator[None, None, None]:
    """Within it, SIGINT and SIGTERM raise Interrupted in the main thread; a second one does not disturb cleaning up."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Interrupted(number)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
