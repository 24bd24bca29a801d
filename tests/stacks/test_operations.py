import io
import json
import zipfile
from pathlib import Path

import pytest

HANDLERS = Path(__file__).parents[2] / "pipelines" / "handlers" / "operations"


def told(made, handler):
    function = made.named(f"operations-{handler}-function").inputs
    return json.loads(function["environment"]["variables"]["SETTINGS"])


def test_both_handlers_are_the_shipped_package(estate):
    made = estate()
    shipped = {f"operations/{path.name}": path.read_bytes() for path in HANDLERS.iterdir() if path.is_file()}
    for handler in ("incidents", "healing"):
        function = made.named(f"operations-{handler}-function").inputs
        with zipfile.ZipFile(io.BytesIO(function["code"].content)) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == shipped
        assert function["handler"] == f"operations.{handler}.handle"


@pytest.mark.parametrize(
    ("tier", "operations", "acts"),
    [
        ("sandbox", {}, ["quarantine", "restart", "retrain", "rollback", "scale-out"]),
        ("production", {}, ["retrain", "rollback"]),
        ("production", {"healing": {"act": ["scale-out"]}}, ["scale-out"]),
        ("production", {"retrain_on_drift": False}, ["rollback"]),
        ("sandbox", {"healing": {"act": []}}, []),
    ],
)
def test_what_is_carried_out_hangs_on_the_tier_unless_settings_say_it(estate, tier, operations, acts):
    assert told(estate(tier=tier, operations=operations), "healing")["act"] == acts


@pytest.mark.parametrize(("enabled", "state"), [(True, "ENABLED"), (False, "DISABLED")])
def test_healing_is_started_only_where_wanted(estate, enabled, state):
    made = estate(operations={"healing": {"enabled": enabled}})
    assert made.named("operations-healing-rule").inputs["state"] == state
    assert made.named("operations-incidents-rule").inputs["state"] == "ENABLED"


def test_incidents_are_routed_by_severity_and_model(estate):
    route = {"email": "fare@example.com", "severities": ["page"], "models": ["ride-fare"]}
    made = estate(operations={"routes": {"fare": route}})
    owner, fare = (made.named(f"operations-news-{name}").inputs for name in ("owner", "fare"))
    assert (owner["endpoint"], owner.get("filterPolicy")) == ("ml@example.com", None)
    assert json.loads(fare["filterPolicy"]) == {"severity": ["page"], "subjects": ["ride-fare"]}
    assert told(made, "incidents")["owners"] == {"ride-fare": "fare@example.com", "ride-risk": "ml@example.com"}
