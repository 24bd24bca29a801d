import pytest

from components.monitoring.model_signals import Band, Static, model_signals
from contracts.slo import Query
from tests.components.monitoring.watched import watched


def signals(**changes):
    return {each.key: each for each in model_signals(watched(**changes))}


def test_what_is_served_is_watched_from_traffic_to_attributions():
    assert list(signals()) == [
        *("traffic", "errors", "latency", "logged-failures", "hosts"),
        *("slo-availability", "slo-fast", "slo-validity"),
        *("drift", "quality", "prediction-drift", "concept-drift", "model-quality", "attribution", "bias", "captured"),
    ]


def test_without_an_endpoint_only_what_others_build_on_is_watched():
    assert list(signals(endpoint=None)) == ["drift", "quality", "captured"]


def test_bias_is_watched_where_a_group_can_be_told():
    assert "bias" not in signals(biased=False)


def test_bands_are_watched_where_they_are_asked_for():
    found = signals(anomalies=True)

    assert [found[key].alarm for key in ("traffic-band", "latency-band")] == [Band("m0", 300, 3)] * 2
    assert found["latency-band"].lines[1].of == "ANOMALY_DETECTION_BAND(m0, 3)"


def test_each_variant_is_a_line_and_traffic_is_their_sum():
    traffic = signals(variants=("blue", "green"))["traffic"]

    assert [line.label for line in traffic.lines] == ["requests, blue", "requests, green", "all requests"]
    assert traffic.lines[2].of == "FILL(n0, 0) + FILL(n1, 0)"
    assert traffic.lines[1].of == Query(
        "n1", "AWS/SageMaker", "Invocations", {"EndpointName": "mlops-test-eta", "VariantName": "green"}, "Sum"
    )


def test_drift_alarms_at_its_own_threshold_and_keeps_its_state_between_runs():
    drift = signals(drift_threshold=3)["drift"]

    assert (drift.bound, drift.alarm) == (None, Static("m0", 3, 300, "ignore"))


@pytest.mark.parametrize("changes", [{}, {"anomalies": True, "variants": ("a", "b")}, {"endpoint": None}])
def test_ids_are_told_apart_within_a_signal(changes):
    found = signals(**changes)
    assert any(len(each.lines) > 1 for each in found.values())
    for each in found.values():
        ids = [line.id for line in each.lines]
        assert len(ids) == len(set(ids))
        assert all(line.of.id == line.id for line in each.lines if isinstance(line.of, Query))
