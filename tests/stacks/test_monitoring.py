import json

import pytest

from stacks.settings import SettingsError, parse
from tests.stacks.conftest import BASE, Estate, release

SCHEDULE = "aws:scheduler/schedule:Schedule"
METRIC = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"


KNOWN: dict[str, Estate] = {}


@pytest.fixture
def watched(estate):
    """Stacks that several tests look at are made once."""

    def run(models, **monitoring):
        key = json.dumps([models, monitoring], sort_keys=True)
        if key not in KNOWN:
            KNOWN[key] = estate(models=models, monitoring=monitoring)
        return KNOWN[key]

    return run


EVERYTHING = {"burn_alerts": "all", "outage_requests": 40, "grafana": True, "monitor_schedule": "rate(2 hours)"}


def composites(made):
    return sorted(goal.inputs["alarmName"] for goal in made.of_type(COMPOSITE))


def test_every_model_is_watched_and_the_threshold_is_its_own(watched):
    made = watched({"ride-fare": {"drift_threshold": 4}, "ride-risk": {}})

    assert made.named("ride-fare-monitor-drift").inputs["threshold"] == 4
    assert made.named("ride-risk-monitor-drift").inputs["threshold"] == 1
    assert list(made.outputs["monitoring"].drift_alarms) == ["ride-fare", "ride-risk"]


def test_what_serves_nothing_has_two_alarms_and_pages_nobody(watched):
    made = watched({"ride-fare": {"drift_threshold": 4}, "ride-risk": {}})

    assert composites(made) == []
    assert {name for name in made.names if name.startswith("ride-fare-monitor-")} == {
        "ride-fare-monitor-drift",
        "ride-fare-monitor-quality",
    }


def test_captured_traffic_is_checked_where_there_is_any(watched, released):
    made = watched(released, **EVERYTHING)

    assert {goal.inputs["name"]: goal.inputs["scheduleExpression"] for goal in made.of_type(SCHEDULE)} == {
        "mlops-test-ride-fare-monitor": "rate(2 hours)"
    }


def test_the_topics_are_published_by_severity(watched, released):
    assert list(watched(released).outputs["monitoring"].topics) == ["page", "ticket"]


@pytest.mark.parametrize(
    ("monitoring", "told", "metrics"),
    [
        ({"burn_alerts": "none", "anomaly_alarms": True}, ["anomaly", "outage"], 3),
        ({}, ["burn-fast", "outage"], 9),
        (EVERYTHING, ["burn-fast", "burn-slow", "outage"], 15),
    ],
)
def test_how_much_alarms_is_a_matter_of_settings(watched, released, monitoring, told, metrics):
    made = watched(released, **monitoring)

    assert composites(made) == [f"mlops-test-{signal}-ride-fare" for signal in told]
    measured = [goal for goal in made.of_type(METRIC) if goal.name.startswith("ride-fare-alarms-")]
    assert len(measured) == metrics


def test_an_outage_is_made_of_the_alarms_that_roll_back(watched, released):
    made = watched(released, **EVERYTHING)

    assert made.named("ride-fare-alarms-traffic").inputs["threshold"] == 40
    assert made.named("ride-fare-alarms-outage").inputs["alarmRule"] == (
        '((ALARM("mlops-test-errors-ride-fare") OR ALARM("mlops-test-latency-ride-fare"))'
        ' AND ALARM("mlops-test-measured-ride-fare-traffic"))'
    )


def test_a_latency_objective_holds_all_variants_to_the_endpoints_own_promise(watched):
    endpoint = {"autoscaling": {"minimum": 2}, "challenger_slot": {"minimum": 2, "maximum": 2}, "latency_ms": 80}
    slos = {"fast": {"kind": "latency", "objective": 90}}
    made = watched({"ride-fare": {**release("ride-fare"), "endpoint": endpoint, "slos": slos}})
    hour = made.named("ride-fare-alarms-fast-1h").inputs

    assert [
        (query["metric"]["stat"], query["metric"]["dimensions"]["VariantName"]) for query in hour["metricQueries"][1:]
    ] == [(stat, variant) for variant in ("AllTraffic", "Challenger") for stat in ("SampleCount", "PR(:80000)")]
    assert hour["threshold"] == 9


def test_the_dashboard_shows_every_alarm_that_somebody_is_told_of(watched, released):
    made = watched(released)
    (alarms, *_) = json.loads(made.named("overview-dashboard").inputs["dashboardBody"])["widgets"]

    assert len(alarms["properties"]["alarms"]) == len(set(alarms["properties"]["alarms"])) == 12


def test_grafanas_dashboard_lies_in_the_curated_zone_where_it_is_asked_for(watched, released):
    assert watched(released).outputs["monitoring"].grafana == {}
    made = watched(released, **EVERYTHING)

    assert made.named("grafana-models").inputs["key"] == "grafana/dashboards/models.json"
    assert list(made.outputs["monitoring"].grafana) == ["models"]


@pytest.mark.parametrize(
    ("slo", "message"),
    [
        (
            {"kind": "availability", "objective": 101},
            "slos.main.objective: objective 101 % is more than all requests; allowed is above 0 and below 100",
        ),
        ({"kind": "availability", "objective": 0}, "slos.main.objective: objective 0 % promises nothing"),
        ({"kind": "availability", "objective": 100}, "slos.main.objective: objective 100 % leaves no error budget"),
        ({"kind": "validity", "objective": 99, "latency_ms": 5}, "slos.main: latency_ms 5 belongs to kind latency"),
        ({"kind": "availability"}, "slos.main.objective: is required"),
        ({"kind": "availability", "objective": 99, "target": 1}, "slos.main.target: unknown key"),
    ],
)
def test_an_objective_that_cannot_be_is_refused_with_its_place(slo, message):
    with pytest.raises(SettingsError) as error:
        parse({**BASE, "models": {"ride-fare": {"slos": {"main": slo}}}})

    assert message in str(error.value)
    assert str(error.value).startswith("mlops-estate:models.ride-fare.")
