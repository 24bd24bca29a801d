import math

import numpy
import pytest

from contracts.monitors import Monitor
from pipelines.monitors import figures, page
from pipelines.monitors.figures import Bars, Interval, Intervals
from pipelines.monitors.findings import Finding, Status
from pipelines.monitors.svg import draw

NOTHING = Finding(Monitor.BIAS, Status.NOT_APPLICABLE, "no <group>")


def test_what_others_wrote_is_shown_and_not_run():
    text = page.render("<b>", {"release": "<script>"}, [NOTHING])
    assert "<script>" not in text
    assert "no &lt;group&gt;" in text
    drawn = draw(Bars("t", ("<i>", "b"), (0.5, 0.5), (0.1, 0.9)))
    assert "<i>" not in drawn
    assert "&lt;i&gt;" in drawn


def test_bars_stand_in_their_proportion():
    drawn = draw(Bars("t", ("a",), (0.25,), (1.0,)))
    heights = [float(part.split('"')[0]) for part in drawn.split('height="')[1:]]
    assert heights == pytest.approx([35.0, 140.0])


def test_an_interval_beyond_its_bounds_is_marked():
    inside, outside = (Interval("m", value, value - 0.1, value + 0.1, 0.8, 1.2) for value in (1.0, 2.0))
    assert 'class="outside"' not in draw(Intervals("t", (inside,)))
    assert 'class="outside"' in draw(Intervals("t", (outside,)))


def test_an_interval_without_bounds_or_end_is_drawn():
    drawn = draw(Intervals("t", (Interval("m", 1.0, -math.inf, math.inf, -math.inf, math.inf),)))
    assert "nan" not in drawn.replace("inf", "")
    assert 'class="allowed"' not in drawn


def test_a_histogram_counts_every_row_once():
    before, now = numpy.array([1.0, 2.0, numpy.nan, 3.0]), numpy.array([1000.0, 2.0])
    drawn = figures.histogram("t", before, now)
    assert sum(drawn.before) == pytest.approx(1, abs=1e-4)
    assert sum(drawn.now) == pytest.approx(1)
    assert draw(figures.histogram("t", numpy.array([]), numpy.array([]))) == "<p>no rows</p>"


def test_levels_come_the_commonest_first():
    drawn = figures.levels("t", numpy.array([2.0, 2.0, 0.0]), numpy.array([2.0]))
    assert (drawn.names, drawn.now) == (("2", "0"), (1.0, 0.0))
