"""What a fault is: one small file with one class that breaks something, and knows how the estate must answer.

Built-in ones lie in `estate/rehearsal/faults/`, one a file; `--fault-file PATH` adds one from anywhere else.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar

from estate.rehearsal.stage import Evidence

if TYPE_CHECKING:
    from estate.rehearsal.context import Rehearsal


class FaultError(Exception):
    """A fault is not known, or its file is wrong. Says which, what is wrong, and what would be right."""


class Fault(ABC):
    """One fault of one rehearsal. A new object is made for every injection, so it may remember what it did.

    In order: `inject`; `detected` until it gives evidence; `respond` once; `recovered` until it gives evidence;
    `undo`, whatever happened before. Evidence is a plain dictionary that can be written as JSON; under `at` it may
    say when it happened, seconds since 1970, where that is better known than by polling.
    """

    name: ClassVar[str]
    """Lower case words joined by hyphens; what `--fault` names."""
    shows: ClassVar[str]
    """One line: what breaks, and how the estate must answer."""
    needs: ClassVar[str] = "predict"
    """The stage after which it can be injected."""
    detect_within_s: ClassVar[float] = 60.0
    """Real seconds after which a fault that nothing noticed fails."""
    recover_within_s: ClassVar[float] = 120.0
    """Real seconds after its detection by which the estate must be well again."""
    no_incident: ClassVar[str] = ""
    """Why no incident may be opened of it, where that is so."""

    began: float | None = None
    """When it took effect, seconds since 1970, if `inject` knows; otherwise when `inject` was called."""

    @abstractmethod
    def inject(self, rehearsal: "Rehearsal") -> None:
        """Breaks something, by plain AWS calls where it can."""

    @abstractmethod
    def detected(self, rehearsal: "Rehearsal") -> Evidence | None:
        """What the estate itself noticed; None while it has not. May raise StageFailed where it never will."""

    def causes(self, rehearsal: "Rehearsal") -> Collection[str]:
        """Who is to blame: an incident must have one of them among its first two suspects, by its subject or the last
        part of it. Empty where that is not asserted.
        """
        return ()

    def respond(self, rehearsal: "Rehearsal") -> str | None:
        """What a person does about it, done; None where the estate heals by itself."""
        return None

    @abstractmethod
    def recovered(self, rehearsal: "Rehearsal") -> Evidence | None:
        """What shows that the estate works again; None while it does not."""

    def undo(self, rehearsal: "Rehearsal") -> None:  # noqa: B027  most leave nothing behind
        """Takes away what is left of the fault, also where `inject` came only half way."""
