import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipelines.handlers.doors import asking, flags

WHERE = {"eta": {"application": "a1", "environment": "e1", "profile": "p1"}}


class Store:
    """AppConfig's data: what it gives out, one content after another; None fails."""

    def __init__(self, *contents: bytes | None) -> None:
        self.contents = list(contents)
        self.asked: list[str] = []

    def start_configuration_session(self, **given: str) -> dict[str, Any]:
        self.asked.append("session")
        return {"InitialConfigurationToken": "t0"}

    def get_latest_configuration(self, ConfigurationToken: str) -> dict[str, Any]:
        self.asked.append(ConfigurationToken)
        content = self.contents.pop(0)
        if content is None:
            raise ClientError({"Error": {"Code": "InternalServerException", "Message": "no"}}, "GetLatestConfiguration")
        return {
            "Configuration": io.BytesIO(content),
            "NextPollConfigurationToken": f"t{len(self.asked)}",
            "NextPollIntervalInSeconds": 60,
        }


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(flags.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(flags, "_sessions", {})
    monkeypatch.setenv("FLAGS", json.dumps(WHERE))
    return now


def store(monkeypatch: pytest.MonkeyPatch, *contents: bytes | None) -> Store:
    made = Store(*contents)
    monkeypatch.setattr(flags.boto3, "client", lambda *_, **__: made)
    return made


def text(**answers: Any) -> bytes:
    return json.dumps({"answers": {"enabled": True, **answers}}).encode()


def test_flags_are_asked_for_once_an_interval(monkeypatch, clock):
    made = store(monkeypatch, text(largest_rows=5), text(largest_rows=7))

    assert [flags.largest_rows(flags.read("eta")) for _ in range(3)] == [5, 5, 5]
    clock[0] += 61
    assert flags.largest_rows(flags.read("eta")) == 7
    assert made.asked == ["session", "t0", "t2"]


def test_what_has_not_changed_stays(monkeypatch, clock):
    store(monkeypatch, text(largest_rows=5), b"")

    flags.read("eta")
    clock[0] += 61
    assert flags.largest_rows(flags.read("eta")) == 5


def test_what_was_known_last_stays_where_appconfig_fails(monkeypatch, clock):
    made = store(monkeypatch, text(enabled=False), None, text())

    assert flags.enabled(flags.read("eta")) is False
    clock[0] += 61
    assert flags.enabled(flags.read("eta")) is False
    clock[0] += 31
    assert flags.enabled(flags.read("eta")) is True
    assert made.asked.count("session") == 2  # a token that failed is not used again


def test_a_model_of_which_nothing_is_known_is_let_through(monkeypatch, clock):
    store(monkeypatch, None)

    assert flags.read("eta") == {}
    assert flags.enabled(flags.read("eta")) is True
    assert flags.read("risk") == {}


def test_a_share_of_the_requests_goes_to_the_challenger_and_each_always_to_the_same():
    found = {"explore": {"enabled": True, "percent": 20, "variant": "Challenger", "otherwise": "AllTraffic"}}
    chosen = [flags.variant(found, f"request-{number}") for number in range(2000)]

    assert 350 <= chosen.count("Challenger") <= 450
    assert set(chosen) == {"Challenger", "AllTraffic"}
    assert flags.variant(found, "request-1") == chosen[1]
    assert flags.variant({}, "request-1") is None


class Runtime:
    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def invoke_endpoint(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return {"Body": io.BytesIO(b"{}")}


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Runtime:
    made = Runtime()
    monkeypatch.setenv("ENDPOINTS", json.dumps({"eta": "mlops-test-eta"}))
    monkeypatch.setattr(asking.boto3, "client", lambda *_, **__: made)
    return made


@pytest.mark.parametrize(
    ("found", "body", "kind", "status"),
    [
        ({"answers": {"enabled": False}}, b"{}", "application/json", 503),
        ({"answers": {"enabled": True, "largest_rows": 1}}, b'{"instances": [{}, {}]}', "application/json", 413),
        ({"answers": {"enabled": True, "largest_rows": 1}}, b"a,b\n1,2\n3,4\n", "text/csv", 413),
    ],
)
def test_what_the_flags_forbid_does_not_reach_the_model(monkeypatch, runtime, found, body, kind, status):
    monkeypatch.setattr(flags, "read", lambda _model: found)

    with pytest.raises(asking.Refused) as refused:
        asking.ask("eta", body, kind, "r1")
    assert (refused.value.status, runtime.asked) == (status, [])


def test_the_chosen_variant_is_asked(monkeypatch, runtime):
    explore = {"enabled": True, "percent": 100, "variant": "Challenger", "otherwise": "AllTraffic"}
    monkeypatch.setattr(flags, "read", lambda _model: {"explore": explore})

    asking.ask("eta", b"{}", "application/json", "r1")
    assert runtime.asked[0]["TargetVariant"] == "Challenger"
