"""A second process does the same work, and what goes wrong there is done again here."""

import os
import signal
import threading

import pytest

from estate.engine.resource import UNKNOWN
from estate.plan.beside import beside


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr("sys.platform", "linux")


def test_the_work_is_done_in_another_process() -> None:
    with beside(os.getpid) as found:
        assert found() != os.getpid()


def test_the_one_unknown_value_comes_back_as_itself() -> None:
    with beside(lambda: {"arn": UNKNOWN}) as found:
        assert found()["arn"] is UNKNOWN


def test_what_fails_there_is_done_here_and_raises_what_it_raises() -> None:
    def work() -> None:
        raise LookupError(f"in {os.getpid()}")

    with beside(work) as found, pytest.raises(LookupError, match=f"in {os.getpid()}"):
        found()


def test_a_copy_that_ends_without_an_answer_is_no_loss() -> None:
    here = os.getpid()

    def work() -> int:
        if os.getpid() != here:
            os._exit(9)
        return here

    with beside(work) as found:
        assert found() == here


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("another thread", lambda patch: patch.setattr(threading, "active_count", lambda: 2)),
        ("one core", lambda patch: patch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)),
        ("another system", lambda patch: patch.setattr("sys.platform", "darwin")),
    ],
)
def test_without_a_safe_copy_the_work_is_done_here(what: str, change, monkeypatch: pytest.MonkeyPatch) -> None:
    change(monkeypatch)

    with beside(os.getpid) as found:
        assert found() == os.getpid(), what


def test_work_that_nobody_asks_for_any_more_is_ended() -> None:
    import multiprocessing

    with pytest.raises(LookupError), beside(threading.Event().wait):
        raise LookupError

    assert multiprocessing.active_children() == []


def test_a_copy_that_is_ended_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    def stopped(*_: object) -> None:
        raise SystemExit("stopped")

    handler = signal.signal(signal.SIGTERM, stopped)
    try:
        with pytest.raises(LookupError), beside(threading.Event().wait):
            raise LookupError
    finally:
        signal.signal(signal.SIGTERM, handler)

    assert capfd.readouterr() == ("", "")
