"""How the command ends: the status, and one message for what went wrong."""

import errno
import os
import shutil
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

FOUND, MISTAKE, BROKEN = 1, 2, 70
SIGNALLED = 128  # and the number of the signal, as a shell reports it
ASKED_NOTHING = "NoArgsIsHelpError"  # typer keeps its class private; its message is the help
ROOM = 1 << 20  # bytes that a result may take

# What a user can get wrong; by name, so that nothing has to be imported to be compared with.
MISTAKES = frozenset(
    {
        "contracts.workload.WorkloadError",
        "estate.cli.NoProject",
        "estate.commands.offline.WrongBase",
        "estate.cloud.serve.ServeError",
        "estate.engine.result.ProgramError",
        "estate.plan.difference.PlanFileError",
        "estate.rehearsal.command.UnknownStage",
        "estate.rehearsal.fault.FaultError",
        "estate.release.account.ReleaseError",
        "pipelines.errors.JobError",
        "stacks.settings.reading.SettingsError",
        "stacks.upstream.MissingLayer",
    }
)


class Terminated(KeyboardInterrupt):
    """SIGTERM: stops as Ctrl-C does."""

    number = signal.SIGTERM


class Commands(TyperGroup):
    """Ends with the signal's own status where one stopped the command; typer knows only Ctrl-C's."""

    def invoke(self, ctx: Any) -> Any:  # the type that typer declares is private
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            raise typer.Exit(SIGNALLED + _number(stop)) from stop


def _number(stop: BaseException) -> int:
    """The signal at the root of an interrupt; what passes one on does not always say which it was."""
    at: BaseException | None = stop
    while at is not None:
        number = getattr(at, "number", None)
        if isinstance(number, int):
            return number
        at = at.__cause__ or at.__context__
    return signal.SIGINT


def run(app: typer.Typer) -> NoReturn:
    """Runs the command and exits: a mistake is one message and status 2, and nobody sees a traceback."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        if type(error).__name__ == ASKED_NOTHING:
            print(error.format_message(), file=sys.stderr)  # noqa: T201
            sys.exit(error.exit_code)
        _stop(error.format_message(), error.exit_code)
    except typer.Abort:
        _stop("aborted", FOUND)
    except OSError as error:
        _stop(f"{error.filename}: {error.strerror}" if error.filename else str(error), MISTAKE)
    except Exception as error:
        if _names(error) & MISTAKES:
            _stop(str(error), MISTAKE)
        if os.environ.get("ESTATE_DEBUG"):
            traceback.print_exc()
        _stop(f"a fault of this program: {type(error).__name__}: {error}; ESTATE_DEBUG=1 shows where", BROKEN)
    if isinstance(code, int) and code > SIGNALLED:
        _stop("interrupted", code)
    sys.exit(code if isinstance(code, int) else 0)


def _terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated


def _names(error: Exception) -> set[str]:
    return {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}


def _stop(message: str, code: int) -> NoReturn:
    print(f"estate: {message}", file=sys.stderr)  # noqa: T201
    sys.exit(code)


def refuse_unwritable(*files: Path | None) -> None:
    """Raises OSError for files that could not be written, now and not when there is a result to lose.

    Folders that are missing are made.
    """
    for file in files:
        if file is None:
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(file.parent).free < ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
        there = file.exists()
        with file.open("ab"):
            pass
        if not there:
            file.unlink()


def write(file: Path, text: str) -> None:
    """Writes a result. Raises OSError that names the file."""
    try:
        file.write_text(text)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from None
