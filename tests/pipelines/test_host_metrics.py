"""What the host tells Prometheus: counts, and nothing where nobody asked for them."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import Response

from contracts.prometheus import LATENCY_BOUNDS_MS
from pipelines.serving import __main__ as serving
from pipelines.serving.app import application
from pipelines.serving.metrics import Handler, Metrics
from tests.pipelines.test_serving import call, model_folder, rows  # noqa: F401  fixtures


def line(text: str, start: str) -> str:
    (found,) = [each for each in text.splitlines() if each.startswith(start)]
    return found.rpartition(" ")[2]


def test_requests_are_counted_by_status_and_by_bucket():
    metrics = Metrics("eta")
    for code, seconds in ((200, 0.004), (200, 0.3), (400, 0.3001), (503, 60.0)):
        metrics.add(code, seconds)
    text = metrics.text()

    assert line(text, 'estate_requests_total{model="eta",code="200"}') == "2"
    assert line(text, 'estate_requests_total{model="eta",code="503"}') == "1"
    assert line(text, 'estate_request_seconds_bucket{model="eta",le="0.25"}') == "1"
    assert line(text, 'estate_request_seconds_bucket{model="eta",le="0.3"}') == "2"
    assert line(text, 'estate_request_seconds_bucket{model="eta",le="+Inf"}') == "4"
    assert line(text, 'estate_request_seconds_count{model="eta"}') == "4"
    assert line(text, 'estate_request_seconds_sum{model="eta"}') == "60.604100"
    assert text.count("_bucket{") == len(LATENCY_BOUNDS_MS) + 1


async def asked(answer: Handler) -> Response:
    return await answer(Request({"type": "http"}))


def test_what_breaks_is_counted_as_the_500_that_it_becomes():
    metrics = Metrics("eta")

    async def broken(_request: Request) -> Response:
        raise RuntimeError("the model is gone")

    with pytest.raises(RuntimeError):
        asyncio.run(asked(metrics.counted(broken)))
    assert 'estate_requests_total{model="eta",code="500"} 1\n' in metrics.text()


def test_the_host_counts_where_it_is_asked_to(model_folder):  # noqa: F811
    counting = application("tumor-screening", model_folder, metrics=True)

    assert call(counting, "/invocations", b"{")[0] == 400
    status, body = call(counting, "/metrics", method="GET")
    assert status == 200
    assert b'estate_requests_total{model="tumor-screening",code="400"} 1\n' in body


def test_otherwise_it_has_no_such_page(model_folder):  # noqa: F811
    assert call(application("tumor-screening", model_folder), "/metrics", method="GET")[0] == 404


def test_the_switch_is_on_or_off(monkeypatch, capsys):
    monkeypatch.setenv("ESTATE_WORKLOAD", "tumor-screening")
    monkeypatch.setenv("ESTATE_METRICS", "yes")

    assert serving.main(["serve"]) == 2
    assert capsys.readouterr().err == "serving: ESTATE_METRICS is 'yes'; on or off is allowed\n"
