import math

import numpy
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from pipelines.monitors import distances, samples
from pipelines.monitors.distances import Table


def drawn(seed: int, count: int, shift: float = 0.0) -> numpy.ndarray:
    return numpy.random.default_rng(seed).normal(shift, 1, count)


@pytest.mark.parametrize(("size", "shift"), [(200, 0.0), (500, 0.1), (2000, 0.05), (300, 1.0), (30_000, 0.02)])
@pytest.mark.parametrize("digits", [12, 1, 0])
def test_kolmogorov_smirnov_is_scipys(size, shift, digits):
    first, second = drawn(1, 10_000).round(digits), drawn(2, size, shift).round(digits)
    known = stats.ks_2samp(first, second, method="asymp")
    for one, two in ((first, second), (second, first)):
        statistic, p_value = distances.kolmogorov_smirnov(samples.numbers(one), samples.numbers(two))
        assert statistic == pytest.approx(known.statistic, abs=1e-12)
        assert p_value == pytest.approx(known.pvalue, abs=0.02)


def test_values_that_went_missing_are_a_distance():
    values = drawn(1, 1000)
    gone = numpy.where(numpy.arange(1000) % 2 == 0, numpy.nan, values)
    assert distances.kolmogorov_smirnov(samples.numbers(values), samples.numbers(gone))[0] == pytest.approx(0.5)
    nothing = samples.numbers(numpy.full(1000, numpy.nan))
    assert distances.kolmogorov_smirnov(samples.numbers(values), nothing)[0] == 1.0


def test_equal_samples_have_no_distance():
    same = samples.numbers(numpy.arange(50.0))
    assert distances.kolmogorov_smirnov(same, same) == (0.0, 1.0)
    cells = distances.table(same, same)
    assert (distances.psi(cells), distances.jensen_shannon(cells)) == (0.0, 0.0)


@pytest.mark.parametrize("degrees", [1, 2, 3, 8, 9, 40])
@pytest.mark.parametrize("value", [0.0, 0.5, 3.0, 12.0, 60.0, 900.0])
def test_the_survival_of_chi_square_is_scipys(value, degrees):
    assert distances.chi_square(value, degrees) == pytest.approx(stats.chi2.sf(value, degrees), rel=1e-9, abs=1e-300)


def test_homogeneity_is_the_more_careful_of_pearsons_and_the_likelihood_ratio():
    cells = Table(numpy.array([50.0, 30.0, 20.0]), numpy.array([30.0, 30.0, 40.0]))
    known = [
        stats.chi2_contingency([cells.first, cells.second], correction=False, lambda_=kind).pvalue
        for kind in ("pearson", "log-likelihood")
    ]
    assert distances.homogeneity(cells) == pytest.approx(max(known))


def test_rare_cells_are_joined_until_they_are_expected():
    cells = Table(numpy.array([90.0, 4.0, 3.0, 3.0]), numpy.array([90.0, 2.0, 4.0, 4.0]))
    joint = [[10.0, 90.0], [10.0, 90.0]]
    assert distances.homogeneity(cells) == pytest.approx(stats.chi2_contingency(joint, correction=False).pvalue)
    few = Table(numpy.array([3.0, 1.0]), numpy.array([0.0, 4.0]))
    assert distances.homogeneity(few) == 1.0


def test_the_divergences_are_their_definitions():
    cells = Table(numpy.array([60.0, 40.0]), numpy.array([30.0, 70.0]))
    assert distances.jensen_shannon(cells) == pytest.approx(jensenshannon([0.6, 0.4], [0.3, 0.7], base=2))
    p, q = [60.5 / 101, 40.5 / 101], [30.5 / 101, 70.5 / 101]
    expected = sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))
    assert distances.psi(cells) == pytest.approx(expected)
    assert distances.largest_change(cells) == pytest.approx(0.3)


@pytest.mark.parametrize(("first", "second"), [(400, 100), (5000, 500), (2000, 2000)])
def test_the_noise_is_what_the_index_comes_to_without_a_change(first, second):
    found = [
        (distances.psi(cells), cells.noise)
        for seed in range(200)
        for cells in [distances.table(samples.numbers(drawn(seed, first)), samples.numbers(drawn(seed + 500, second)))]
    ]
    seen, expected = numpy.mean(found, axis=0)
    assert seen == pytest.approx(expected, rel=0.15)


def test_levels_are_matched_by_name_and_missing_ones_are_a_level():
    first = samples.Levels({"a": 2, "b": 1}, 1)
    second = samples.Levels({"a": 1, "c": 1}, 0)
    cells = distances.table(first, second)
    assert cells.first.tolist() == [2, 1, 0, 1]
    assert cells.second.tolist() == [1, 0, 1, 0]


def test_numbers_are_levels_of_their_own_where_they_name_categories():
    numbers = samples.numbers(numpy.array([2.0, numpy.nan, 2.0, 1.0]))
    assert samples.levels_of(numbers) == samples.Levels({1.0: 1, 2.0: 2}, 1)


def test_ties_at_a_quantile_share_a_bin():
    zeros = samples.numbers(numpy.array([0.0] * 90 + [1.0] * 10))
    cells = distances.table(zeros, zeros)
    assert cells.first.tolist() == [90, 10]


def test_numbers_and_levels_have_no_distance():
    with pytest.raises(TypeError, match="one of levels"):
        distances.table(samples.numbers(numpy.ones(3)), samples.Levels({1.0: 3}, 0))
