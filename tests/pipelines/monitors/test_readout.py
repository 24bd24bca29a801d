import dataclasses
from typing import Any

import numpy
import pytest
from scipy import stats

from contracts.workload import Workload
from pipelines import workload
from pipelines.errors import JobError
from pipelines.monitors import readout
from pipelines.monitors.readout import FAILURES, Arm, Decision, read_out

ETA = workload.load("delivery-eta").contract  # mean absolute error, to be minimised; 2 % matters
TUMOR = workload.load("tumor-screening").contract  # ROC AUC, to be maximised


def regression(seed: int, rows: int, error: float, name: str = "control", failed: int = 0) -> Arm:
    chance = numpy.random.default_rng(seed)
    labels = chance.normal(30, 8, rows)
    return Arm(name, max(rows, 1), failed, labels, labels + chance.normal(0, error, rows))


def classification(seed: int, rows: int, distance: float, name: str = "control") -> Arm:
    chance = numpy.random.default_rng(seed)
    labels = (chance.random(rows) < 0.4).astype(float)
    return Arm(name, rows, 0, labels, chance.normal(labels * distance, 1))


def decided(contract: Workload, control: Arm, challenger: Arm, *, paired: bool = False) -> Decision:
    return read_out(contract, control, challenger, paired=paired).decision


@pytest.mark.parametrize(
    ("error", "decision"), [(3.0, Decision.CHALLENGER), (5.0, Decision.CONTROL), (4.0, Decision.UNDECIDED)]
)
def test_the_lower_error_wins_once_it_is_certain(error, decision):
    assert decided(ETA, regression(1, 3000, 4.0), regression(2, 3000, error, "challenger")) is decision


@pytest.mark.parametrize(("distance", "decision"), [(2.5, Decision.CHALLENGER), (1.0, Decision.CONTROL)])
def test_the_higher_area_wins_once_it_is_certain(distance, decision):
    assert decided(TUMOR, classification(1, 3000, 1.7), classification(2, 3000, distance, "challenger")) is decision


def test_a_difference_too_small_to_matter_keeps_the_control():
    control = regression(1, 400_000, 4.0)
    found = read_out(ETA, control, dataclasses.replace(regression(2, 400_000, 4.0), name="challenger"), paired=False)
    assert found.decision is Decision.CONTROL
    assert found.reason.startswith("no difference that matters (0.06")


def test_more_failures_outweigh_better_predictions():
    challenger = regression(2, 3000, 3.0, "challenger", failed=90)
    found = read_out(ETA, regression(1, 3000, 4.0, failed=3), challenger, paired=False)
    assert (found.decision, found.reason) == (
        Decision.CONTROL,
        "challenger fails more often: 3.00% against 0.10%",
    )


def test_few_labels_decide_nothing():
    found = read_out(ETA, regression(1, 99, 4.0), regression(2, 5000, 1.0, "challenger"), paired=False)
    assert found.decision is Decision.UNDECIDED
    assert found.reason == "99 rows of the smaller arm have labels; at least 100 are needed"
    assert found.effects == ()


def test_one_class_alone_decides_nothing():
    arm = Arm("control", 500, 0, numpy.zeros(500), numpy.linspace(0, 1, 500))
    assert decided(TUMOR, arm, classification(2, 500, 1.0)) is Decision.UNDECIDED


@pytest.mark.parametrize("positives", [1, 29])
def test_a_handful_of_one_class_decides_nothing(positives):
    labels = (numpy.arange(500) < positives).astype(float)
    control, challenger = Arm("control", 500, 0, labels, 1 - labels), Arm("challenger", 500, 0, labels, labels)
    assert decided(TUMOR, control, challenger) is Decision.UNDECIDED


def test_a_prediction_that_is_no_number_decides_nothing():
    control, challenger = regression(1, 500, 4.0), regression(2, 500, 1.0, "challenger")
    challenger.predictions[3] = numpy.nan
    assert decided(ETA, control, challenger) is Decision.UNDECIDED


def test_failures_that_are_counted_before_their_requests_are_all_of_them():
    effect = read_out(ETA, regression(1, 200, 4.0), regression(2, 200, 4.0, failed=205), paired=False).effects[0]
    assert effect.challenger == 1.0


def test_the_same_rows_tell_more_than_different_ones():
    chance = numpy.random.default_rng(3)
    labels = chance.normal(30, 8, 2000)
    noise = chance.normal(0, 4, 2000)
    control = Arm("control", 2000, 0, labels, labels + noise)
    shadow = Arm("shadow", 2000, 0, labels, labels + 0.97 * noise)  # three hundredths better on every row
    assert decided(ETA, control, shadow, paired=True) is Decision.CHALLENGER
    assert decided(ETA, control, shadow, paired=False) is Decision.UNDECIDED


def test_a_shadow_that_answered_other_rows_is_an_error():
    with pytest.raises(JobError, match="control and shadow were to answer the same rows, and did not"):
        read_out(ETA, regression(1, 200, 4.0), regression(2, 200, 4.0, "shadow"), paired=True)


def test_the_standard_error_of_a_mean_error_is_welchs():
    control, challenger = regression(1, 500, 4.0), regression(2, 700, 3.5)
    one, other = (numpy.abs(arm.labels - arm.predictions) for arm in (control, challenger))
    effect = read_out(ETA, control, challenger, paired=False).effects[1]
    expected = numpy.sqrt(stats.sem(one) ** 2 + stats.sem(other) ** 2)
    assert (effect.high - effect.low) / 2 / readout._width(500, 0.05) == pytest.approx(expected, rel=1e-9)


def test_the_standard_error_of_an_area_is_its_spread_over_samples():
    areas = [readout.SCORES["roc_auc"](arm.labels, arm.predictions) for arm in _many(classification, 400, 1.5)]
    told = [
        numpy.sqrt(readout._variance(readout._influence("roc_auc", arm))) for arm in _many(classification, 400, 1.5)
    ]
    assert numpy.mean(told) == pytest.approx(numpy.std(areas), rel=0.1)


def _many(make: Any, rows: int, strength: float) -> list[Arm]:
    return [make(seed, rows, strength) for seed in range(300)]


def test_looking_after_every_hundred_rows_keeps_the_rate_of_wrong_decisions():
    """Two equal releases, looked at fifty times: at most 5 % of such tests may ever name one the better."""
    wrong = 0
    for seed in range(200):
        control, challenger = regression(seed, 5000, 4.0), regression(10_000 + seed, 5000, 4.0)
        wrong += any(_certain(control, challenger, rows) for rows in range(100, 5001, 100))
    assert wrong / 200 <= 0.05


def _certain(control: Arm, challenger: Arm, rows: int) -> bool:
    early = [
        dataclasses.replace(arm, labels=arm.labels[:rows], predictions=arm.predictions[:rows])
        for arm in (control, challenger)
    ]
    effect = read_out(ETA, early[0], early[1], paired=False).effects[-1]
    assert effect.metric != FAILURES
    return effect.low > 0 or effect.high < 0
