"""The alert manager's configuration and messages, by its own tools (Debian: prometheus-alertmanager)."""

import json
from pathlib import Path

import yaml

from components.prometheus.alerting import TEMPLATES, alert_manager, definition
from pipelines.handlers.operations import alertmanager
from pipelines.handlers.operations.observation import Naming
from tests.components.prometheus.tools import amtool, told

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mlops-test-prometheus-alerts"


@amtool
def test_the_alert_manager_takes_its_configuration(tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yaml"
    file.write_text(alert_manager(TOPIC, "eu-west-1"))

    assert "SUCCESS" in told("amtool", "check-config", file)


def test_managed_prometheus_gets_configuration_and_templates_in_one_document() -> None:
    document = json.loads(definition(TOPIC, "eu-west-1"))

    assert document == yaml.safe_load(definition(TOPIC, "eu-west-1"))  # what the service reads it as
    assert document["template_files"] == {"default_template": TEMPLATES}
    assert yaml.safe_load(document["alertmanager_config"])["receivers"][0]["sns_configs"][0]["topic_arn"] == TOPIC


ALERTS = {
    "receiver": "incidents",
    "status": "firing",
    "groupLabels": {"signal": "burn-fast", "subject": "eta"},
    "alerts": [
        {
            "status": "firing",
            "labels": {
                "alertname": "BudgetBurnsFast",
                "signal": "burn-fast",
                "subject": "eta",
                "severity": "page",
                "slo": "availability",
            },
            "annotations": {"summary": 'the "budget" \\ burns\ntoo fast'},
            "startsAt": "2026-11-20T10:00:00.123Z",
            "endsAt": "2026-11-20T10:05:00Z",
        },
        {
            "status": "resolved",
            "labels": {"alertname": "GpuIdle", "signal": "gpu-idle", "subject": "node-a", "severity": "ticket"},
            "annotations": {"summary": "idle"},
            "startsAt": "2026-11-20T09:00:00Z",
            "endsAt": "2026-11-20T10:01:00Z",
        },
    ],
}


@amtool
def test_the_incidents_handler_reads_what_the_template_writes(tmp_path: Path) -> None:
    """Not the template against a copy of itself: Alertmanager's own engine fills it in."""
    templates, data = tmp_path / "estate.tmpl", tmp_path / "alerts.json"
    templates.write_text(TEMPLATES)
    data.write_text(json.dumps(ALERTS))
    show = ("amtool", "template", "render", f"--template.glob={templates}", f"--template.data={data}")
    message = told(*show, '--template.text={{ template "sns.default.message" . }}')
    event = {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": message}}]}

    burning, idle = alertmanager.read(event, Naming("mlops-test", {"burn-fast": "page"}, ("eta",)))

    assert (burning.name, burning.state, burning.subject, burning.severity) == (
        "prometheus/BudgetBurnsFast/eta/availability",
        "alarm",
        "eta",
        "page",
    )
    assert burning.at == "2026-11-20T10:00:00.123+00:00"
    assert burning.reason == "the  budget    burns too fast"
    assert (idle.name, idle.state, idle.at) == ("prometheus/GpuIdle/node-a", "ok", "2026-11-20T10:01:00.000+00:00")
    subject = told(*show, '--template.text={{ template "sns.default.subject" . }}')
    assert subject.strip() == "[firing] burn-fast eta"
