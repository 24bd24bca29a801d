"""The clock that waits and alarms go by."""

import threading
import time

import pytest

from estate.cloud.services.clock import POLL_S, Clock


def test_real_time_is_the_default() -> None:
    assert Clock().at(1234.5) == pytest.approx(1234.5)


def test_a_faster_clock_shows_more_time_from_its_origin_on() -> None:
    clock = Clock(30.0, origin_s=1000.0)
    assert clock.at(1002.0) == 1060.0
    assert clock.real(1060.0) == 1002.0


def test_a_pause_lasts_no_longer_than_what_is_left_of_the_wait() -> None:
    started = time.monotonic()
    assert Clock(60.0).pause(0.6, threading.Event())
    assert time.monotonic() - started < POLL_S


def test_a_pause_ends_where_it_is_told_to_stop() -> None:
    stop = threading.Event()
    stop.set()
    assert not Clock().pause(3600, stop)


@pytest.mark.parametrize("speed", [0, -1.0])
def test_a_clock_that_does_not_run_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        Clock(speed)
