"""The record is a function of what was observed: the same for every order of arrival, and for repeated events."""

import itertools
import json
from dataclasses import replace

import pytest

from contracts.incidents import Incident, IncidentStatus
from pipelines.handlers.operations.graph import Graph, Node
from pipelines.handlers.operations.grouping import Index, find, merged
from pipelines.handlers.operations.incident import derive
from pipelines.handlers.operations.limits import Limits, refusal
from pipelines.handlers.operations.observation import MalformedEvent, Naming, Observation, read
from pipelines.handlers.operations.series import deviation, recent, robust_z, weight

NAMING = Naming("mlops-dev", {"errors": "page", "drift": "ticket", "prediction-drift": "ticket"}, ("eta", "eta-two"))


def alarm(name="mlops-dev-errors-eta", state="ALARM", at="2026-01-02T10:00:00.000+0000", reason="too many"):
    return {
        "id": "any",
        "time": "2026-01-02T10:00:05Z",
        "detail-type": "CloudWatch Alarm State Change",
        "detail": {"alarmName": name, "state": {"value": state, "reason": reason, "timestamp": at}},
    }


def seen(name="errors-eta", state="ALARM", minute=0) -> Observation:
    found = read(alarm(f"mlops-dev-{name}", state, f"2026-01-02T10:{minute:02d}:00.000+0000"), NAMING)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "signal", "subject", "severity"),
    [
        ("mlops-dev-errors-eta", "errors", "eta", "page"),
        ("mlops-dev-errors-eta-two", "errors", "eta-two", "page"),
        ("mlops-dev-prediction-drift-eta", "prediction-drift", "eta", "ticket"),
        ("mlops-dev-drift-eta-slow", "drift", "eta", "ticket"),
        ("mlops-dev-new-thing", "alarm", "new-thing", "ticket"),
    ],
)
def test_an_alarms_name_tells_signal_subject_and_severity(name, signal, subject, severity):
    found = read(alarm(name), NAMING)
    assert found is not None
    assert (found.signal, found.subject, found.severity) == (signal, subject, severity)


def test_an_alarm_that_others_are_made_of_says_nothing_by_itself():
    assert read(alarm("mlops-dev-measured-eta-traffic"), NAMING) is None


@pytest.mark.parametrize(
    ("kind", "detail", "state"),
    [
        (
            "SageMaker Endpoint State Change",
            {"EndpointName": "mlops-dev-eta", "EndpointStatus": "ROLLING_BACK"},
            "alarm",
        ),
        ("SageMaker Endpoint State Change", {"EndpointName": "mlops-dev-eta", "EndpointStatus": "InService"}, "ok"),
        ("SageMaker Endpoint State Change", {"EndpointName": "mlops-dev-eta", "EndpointStatus": "Updating"}, None),
        (
            "SageMaker Model Building Pipeline Execution Status Change",
            {"pipelineArn": "arn:x:pipeline/mlops-dev-eta-training", "currentPipelineExecutionStatus": "Failed"},
            "alarm",
        ),
        (
            "SageMaker Model Building Pipeline Execution Status Change",
            {"pipelineArn": "arn:x:pipeline/mlops-dev-eta-training", "currentPipelineExecutionStatus": "Executing"},
            None,
        ),
    ],
)
def test_endpoints_and_pipelines_alert_and_recover(kind, detail, state):
    found = read({"detail-type": kind, "time": "2026-01-02T10:00:00Z", "detail": detail}, NAMING)
    assert (found.state if found is not None else None) == state
    assert found is None or found.subject == "eta"


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ([], "the event is list; an object is expected"),
        ({"detail-type": "Scheduled Event"}, "detail-type is 'Scheduled Event'"),
        ({"detail-type": "CloudWatch Alarm State Change"}, "lacks detail.alarmName"),
        (alarm(at="yesterday"), "'yesterday' is no time"),
    ],
)
def test_a_malformed_event_says_what_it_lacks(event, message):
    with pytest.raises(MalformedEvent, match=message):
        read(event, NAMING)


STORY = [seen(), seen("drift-eta", minute=1), seen(state="OK", minute=4), seen("drift-eta", "OK", 6)]


def test_every_order_gives_the_same_record_and_it_is_one_of_the_contract():
    records = {json.dumps(derive("i", "dev", order)) for order in itertools.permutations(STORY)}
    assert len(records) == 1
    record = Incident.model_validate_json(records.pop())
    assert (record.status, record.severity, record.title) == (IncidentStatus.CLOSED, "page", "errors, drift of eta")
    assert f"{record.opened_at:%H:%M} {record.closed_at:%H:%M}" == "10:00 10:06"
    assert [alert.signal for alert in record.alerts] == ["errors", "drift"]


def test_it_stays_open_until_every_alert_recovers():
    assert derive("i", "dev", STORY[:3])["status"] == "open"


def test_what_goes_off_again_is_open_again():
    assert derive("i", "dev", [*STORY, seen(minute=9)])["status"] == "open"


def test_a_closed_incident_has_a_summary_and_the_draft_of_a_post_mortem():
    change = {"at": "2026-01-02T09:58:00.000+00:00", "kind": "deployment", "subject": "u", "what": "release 1 -> 2"}
    suspect = {"subject": "release:eta", "score": 0.8, "reasons": ["release 1 -> 2"]}
    done = {"kind": "rollback", "target": "eta", "status": "done", "reason": "blocked"}
    record = derive(
        "i",
        "dev",
        STORY,
        context={"changes": [change]},
        suspects=[suspect],
        actions=[{"at": "2026-01-02T10:01:00.000+00:00", **done}],
        owners={"eta": "eta@example.com"},
    )
    assert record["summary"] == (
        "errors, drift of eta: 2 alerts over 6 min. Likeliest cause: release:eta (80%: release 1 -> 2). "
        "Done by itself: rollback of eta."
    )
    text = record["post_mortem"]
    for part in (
        "## Impact",
        "## Timeline (UTC)",
        "eta@example.com answers for eta",
        "first action 60 s after the first",
    ):
        assert part in text
    assert "last change before it, 2 min earlier: release 1 -> 2" in text or "120 s earlier" in text


def test_a_person_closes_what_does_not_recover():
    record = derive("i", "dev", STORY[:1], closed={"at": "2026-01-02T11:00:00.000+00:00", "summary": "a test"})
    assert (record["status"], record["summary"]) == ("closed", "a test")


def graph() -> Graph:
    """Three models on one role; two of them on one bucket."""
    nodes = {"role": Node("aws:iam/role:Role", "role", None, ()), "disk": Node("aws:s3/bucket:Bucket", "d", None, ())}
    for model, needs in (("eta", ("role", "disk")), ("eta-two", ("role", "disk")), ("other", ("role",))):
        nodes[model] = Node("aws:sagemaker/endpoint:Endpoint", f"mlops-dev-{model}", None, needs)
    return Graph(nodes, {m: {"endpoint": f"mlops-dev-{m}", "pipelines": {}} for m in ("eta", "eta-two", "other")})


def of(model, signal="errors", minute=0, state="ALARM"):
    return replace(seen(f"{signal}-{model}", state, minute), subject=model, signal=signal)


@pytest.mark.parametrize(
    ("second", "changed", "together"),
    [
        (of("eta", "drift", 20), {}, True),  # one subject
        (of("eta-two", "latency", 20), {}, True),  # a bucket that only they share
        (of("other", "latency", 20), {}, False),  # a role that everybody has
        (of("other", "latency", 20), {"role": "2026-01-02T09:59:00.000+00:00"}, True),  # ... which was changed before
        (of("eta", "latency", 20), {"release:eta": "2026-01-02T10:19:00.000+00:00"}, False),  # a release in between
        (of("other", "errors", 3), {}, True),  # ... and the same signal at the same time
        (of("eta", "drift", 59), {}, False),  # too late
    ],
)
def test_alerts_are_grouped_by_what_they_share(second, changed, together):
    first = of("eta")
    index = Index((merged(None, "i", first, is_open=False),))
    assert (find(second, index, graph(), changed) is not None) is together


def test_a_recovery_belongs_only_where_its_alert_is():
    index = Index((merged(None, "i", of("eta"), is_open=True),))
    assert find(of("eta", "drift", 1, "OK"), index, graph()) is None
    assert find(of("eta", "errors", 1, "OK"), index, graph()) is not None


LIMITS = Limits(per_target_hour=2, per_hour=4, share=0.5, models=4)


def log(*targets, kind="rollback", at_s=1000.0):
    return [{"kind": kind, "target": each, "at_s": at_s} for each in targets]


@pytest.mark.parametrize(
    ("done", "kind", "target", "now_s", "says"),
    [
        ([], "rollback", "a", 1000.0, None),
        (log("a", "a"), "rollback", "a", 1000.0, "rate limit: 2 times rollback of a within an hour, 2 allowed"),
        (log("a", "a"), "rollback", "a", 4601.0, None),
        (log("a", "b"), "restart", "c", 1000.0, "blast radius: 3 targets within an hour, 2 allowed"),
        (log("a", "b"), "retrain", "c", 1000.0, None),
        (
            log("a", "b", "c", "d", kind="retrain"),
            "retrain",
            "e",
            1000.0,
            "rate limit: 4 actions within an hour, 4 allowed",
        ),
    ],
)
def test_rates_and_blast_radius_bound_what_is_done(done, kind, target, now_s, says):
    assert refusal(done, kind, target, now_s, LIMITS) == says


def test_one_target_may_always_be_acted_on():
    assert Limits(1, 1, 0.1, 2).radius == 1


def test_a_metric_that_leaves_its_history_is_noticed_with_its_onset():
    points = [(60.0 * n, 10.0 + n % 2) for n in range(10)] + [(600.0, 10.5), (660.0, 60.0)]
    found = deviation(points, 600.0)
    assert found is not None
    assert found[1] == 660.0
    assert found[0] == pytest.approx(robust_z([10.0 + n % 2 for n in range(10)], 60.0))
    assert deviation(points[:11], 600.0) is None
    assert deviation(points[8:], 600.0) is None  # too little is known of it


def test_weights_grow_with_deviation_and_shrink_with_age():
    assert weight(3.5) == 0
    assert weight(-50.0) == pytest.approx(0.8, abs=0.001)
    assert (recent(0.0), recent(1800.0), recent(-1.0)) == (1.0, 0.5, 0.0)


def test_an_estate_whose_alarms_all_become_ok_at_once_fits_into_one_record():
    good = tuple(replace(of("eta", state="OK"), key=f"k{n}", name="n" * 255, reason="r" * 200) for n in range(1000))
    kept = Index((), good).pruned(0.0)
    assert [each.key for each in kept.early] == [f"k{n}" for n in range(900, 1000)]
    assert len(json.dumps(kept.to_json())) < 100_000
