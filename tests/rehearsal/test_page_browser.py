"""The report page in a real browser: no error, plots drawn, nothing wider than the window, text that stands out."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.incidents import Action, ActionStatus, Alert, Change, Context, Entry, Incident, IncidentStatus, Suspect
from estate.rehearsal.page import write_page
from estate.rehearsal.stage import Outcome, Report, Status

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
LEAST_CONTRAST = 4.5  # WCAG 2.1, level AA, for text

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium here: apt-get install chromium")

PROBE = (Path(__file__).parent / "probe.js").read_text().replace("LEAST)", f"{LEAST_CONTRAST})")


def incident() -> Incident:
    """One with everything that a record may hold."""
    at = START + timedelta(seconds=30)
    urn = "urn:pulumi:dev::estate::aws:sagemaker/endpoint:Endpoint::eta-endpoint"
    return Incident(
        id="20260105-abc",
        environment="dev",
        title="errors of eta",
        severity="page",
        status=IncidentStatus.CLOSED,
        opened_at=at,
        closed_at=at + timedelta(seconds=9),
        subjects=("eta",),
        alerts=(
            Alert(id="1", at=at, name="errors-eta", signal="errors", subject="eta", severity="page", reason="1 of 2"),
        ),
        context=Context(
            changes=(Change(at=at, kind="deployment", subject="release:eta", what="release 2 -> 3"),), runbook="block"
        ),
        suspects=(
            Suspect(subject="release:eta", score=0.7, reasons=("deployment just before",)),
            Suspect(subject=urn, score=0.1, reasons=("it errs",)),
        ),
        actions=(
            Action(at=at, kind="rollback", target="eta", status=ActionStatus.DONE, reason="version 3 is blocked"),
        ),
        timeline=(Entry(at=at, what="errors-eta went off"), Entry(at=at, what="errors-eta recovered")),
        summary="One alert over 9 s.",
        post_mortem="# Post-mortem\n\n" + "a line that is quite long " * 20,
    )


def report() -> Report:
    took = {"seconds_to_detect": 2.0, "emulated_seconds_to_detect": 60.0}
    took |= {"seconds_to_recover": 3.0, "emulated_seconds_to_recover": 90.0}
    outcomes = (
        Outcome("plan", Status.PASSED, 2.5, {"resources": 250, "arn": "arn:aws:s3:::" + "a-long-name-" * 20}),
        Outcome("canary", Status.PASSED, 9.0, {"eta": {"version": 2, "requests": 90, "failed": 0, "share": 0.25,
                                                      "configured_share": 0.25}}),
        Outcome("rollback", Status.FAILED, 9.0, {"error": "the alarm did not go off"}),
        Outcome("incident", Status.SKIPPED, 0.0, {"reason": "rollback failed"}),
        Outcome("fault:slow-model", Status.PASSED, 9.0, {"shows": "a slow version is stopped", "clock": 30.0, **took}),
        Outcome("fault:bad-model", Status.FAILED, 9.0, {"error": "nothing noticed it"}),
    )  # fmt: skip
    rollout: dict[str, Any] = {"model": "eta", "stage": "canary", "statuses": ["0.0 s: Updating", "4.0 s: InService"]}
    rollout |= {"seconds": [0.0, 0.5, 1.0], "old": [9, 6, 0], "new": [0, 3, 9], "failed": [0, 1, 0]}
    feature = {"centres": [1.0, 2.0, 3.0], "baseline": [0.5, 0.3, 0.2], "live": [0.1, 0.3, 0.6], "p_value": 0.0}
    changes = [("errors-eta", 20, "ALARM"), ("errors-eta", 29, "OK"), ("drift-eta", 10, "ALARM")]
    run = {"model": "eta", "purpose": "train", "arn": "arn:x/1"}
    notes: dict[str, Any] = {
        "layers": {"serving": {"Endpoint": 1, "AVeryLongResourceTypeNameThatNobodyShortens": 2}},
        "rollouts": [rollout],
        "distributions": {"eta": {"distance_km": feature}},
        "alarms": [
            {"alarm": name, "at": (START + timedelta(seconds=s)).isoformat(), "state": state}
            for name, s, state in changes
        ],
        "told_at": (START + timedelta(seconds=60)).isoformat(),
        "incidents": [incident().model_dump(mode="json")],
        "budgets": [
            {"model": "eta", "name": name, "objective": 99.0, "window_days": 7, "requests": 900.0, "bad": bad,
             "allowed": 9.0}
            for name, bad in (("availability", 3.0), ("latency", 12.0))
        ],
        "runs": [{**run, "steps": [{"name": n, "status": s, "reason": ""}
                                   for n, s in (("Train", "Succeeded"), ("Gate", "Failed"), ("Stop", "Stopped"))]}],
    }  # fmt: skip
    return Report("dev", 61.0, outcomes, notes)


def browse(page: Path, folder: Path, *, width: int = 1280, dark: bool = False) -> tuple[dict[str, Any], str]:
    """What the probe found, and what the browser's console said."""
    probed = folder / f"probed-{width}-{dark}.html"
    probed.write_text(page.read_text().replace("</body>", f"<script>{PROBE}</script></body>"))
    assert BROWSER is not None
    done = subprocess.run(
        [
            BROWSER,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={width},2000",
            *(["--blink-settings=preferredColorScheme=0"] if dark else []),
            "--enable-logging=stderr",
            "--virtual-time-budget=8000",
            "--dump-dom",
            probed.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
    (found,) = re.findall(r"<title>PROBE(\{.*?\})</title>", done.stdout)
    return json.loads(found.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")), said


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(report(), tmp_path_factory.mktemp("page"))


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (600, False)])
def test_the_page_shows_everything_without_an_error(page: Path, tmp_path: Path, width: int, dark: bool):
    found, said = browse(page, tmp_path, width=width, dark=dark)
    assert said == ""
    assert (found["plots"], found["drawn"]) == (3, 3)
    assert found["wide"] <= 0
    assert found["faint"] == []
    assert found["ticks"] >= LEAST_CONTRAST
    assert found["dark"] is dark


def test_a_page_with_nothing_to_plot_carries_no_library(tmp_path: Path):
    bare = replace(report(), notes={}, outcomes=(Outcome("plan", Status.PASSED, 1.0, {}),))
    text = write_page(bare, tmp_path).read_text()
    assert "Plotly" not in text
    assert len(text) < 20_000
