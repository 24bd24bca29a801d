import pytest
from pydantic import ValidationError

from contracts.slo import FAST, SLOW, Kind, Slo, Subject, counting, fast_tiers, threshold

SUBJECT = Subject("test", "eta", "eta-endpoint", ("AllTraffic",))
LONGEST_PERIOD_S = 86_400  # Amazon CloudWatch User Guide, CloudWatch concepts, Periods


def slo(**changes):
    return Slo.model_validate({"kind": "availability", "objective": 99.5, **changes})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"objective": 120}, "objective 120 % is more than all requests; allowed is above 0 and below 100"),
        ({"objective": 100}, "objective 100 % leaves no error budget"),
        ({"objective": 0}, "objective 0 % promises nothing"),
        ({"objective": -5}, "objective -5 % promises nothing"),
        ({"objective": float("nan")}, "objective nan % promises nothing"),
        ({"latency_ms": 100}, "latency_ms 100 belongs to kind latency, not to availability"),
        ({"window_days": 64}, "less than or equal to 63"),
        ({"kind": "speed"}, "'availability', 'latency' or 'validity'"),
        ({"target": 99}, "target"),
    ],
)
def test_what_cannot_be_promised_is_refused(wrong, message):
    with pytest.raises(ValidationError, match=message):
        slo(**wrong)


@pytest.mark.parametrize(("objective", "budget"), [(99.9, 0.001), (99.5, 0.005), (90, 0.1)])
def test_the_budget_is_what_the_objective_leaves(objective, budget):
    assert slo(objective=objective).budget == budget


@pytest.mark.parametrize(("objective", "burns"), [(99.9, [14.4, 6, 3]), (90, [9, 6, 3]), (50, [1.8, 1.8, 1.8])])
def test_an_outage_alarms_however_lax_the_objective(objective, burns):
    assert [threshold(slo(objective=objective), tier) for tier in (*FAST, *SLOW)] == burns


def test_every_window_is_one_period_of_cloudwatch():
    for tier in (*FAST, *SLOW):
        assert tier.short_s < tier.long_s <= LONGEST_PERIOD_S
        assert tier.short_s % 60 == 0


@pytest.mark.parametrize(("tier", "share"), [(FAST[0], 0.02), (FAST[1], 0.05), (SLOW[0], 0.1)])
def test_paces_spend_the_share_of_a_month_that_the_workbook_names(tier, share):
    assert tier.burn * tier.long_s / (30 * 86_400) == pytest.approx(share)


def test_validity_is_known_too_late_to_page():
    assert (fast_tiers(slo(kind="validity")), fast_tiers(slo())) == ((), FAST)


def test_failed_requests_are_counted_over_all_variants():
    how = counting(slo(), Subject("test", "eta", "eta-endpoint", ("blue", "green")))

    assert [(query.id, query.metric, query.dimensions["VariantName"], query.statistic) for query in how.queries] == [
        ("n0", "Invocations", "blue", "Sum"),
        ("b0", "Invocation5XXErrors", "blue", "Sum"),
        ("n1", "Invocations", "green", "Sum"),
        ("b1", "Invocation5XXErrors", "green", "Sum"),
    ]
    assert (how.total, how.bad) == ("(FILL(n0, 0) + FILL(n1, 0))", "(FILL(b0, 0) + FILL(b1, 0))")


def test_slow_requests_are_counted_by_their_percentile_rank_in_microseconds():
    how = counting(slo(kind="latency", latency_ms=250), SUBJECT)

    assert [(query.metric, query.statistic) for query in how.queries] == [
        ("ModelLatency", "SampleCount"),
        ("ModelLatency", "PR(:250000)"),
    ]
    assert how.bad == "FILL(n0, 0) * (100 - FILL(b0, 100)) / 100"


def test_validity_is_counted_by_the_models_own_metrics():
    how = counting(slo(kind=Kind.VALIDITY), SUBJECT)

    assert [(query.namespace, query.metric, query.dimensions) for query in how.queries] == [
        ("MlopsEstate", metric, {"Environment": "test", "Model": "eta"})
        for metric in ("CheckedRequests", "InvalidRequests")
    ]


def test_a_burn_rate_is_the_bad_share_over_the_budget_and_silent_with_too_few_requests():
    how = counting(slo(minimum_requests=50), SUBJECT)

    assert how.burn(slo(minimum_requests=50)) == "IF(FILL(n0, 0) >= 50, FILL(b0, 0) / FILL(n0, 0) / 0.005, 0)"
