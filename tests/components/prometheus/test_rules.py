"""Rules, by Prometheus' own tools (Debian: prometheus)."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.prometheus.cluster_rules import ClusterBounds, cluster_rules
from components.prometheus.groups import rules_file
from components.prometheus.model_rules import model_rules
from components.signals import SEVERITIES, Signal
from contracts.slo import Kind, Slo
from tests.components.monitoring.watched import watched
from tests.components.prometheus.tools import promtool, told

SLOS = {
    "availability": Slo(kind=Kind.AVAILABILITY, objective=99.5),
    "latency": Slo(kind=Kind.LATENCY, objective=99, latency_ms=250),
    "validity": Slo(kind=Kind.VALIDITY, objective=98),
}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("rules") / "rules.yaml"
    groups = [model_rules(watched(slos=SLOS)), *cluster_rules(ClusterBounds())]
    file.write_text(rules_file(groups), encoding="utf-8")
    return file


@promtool
def test_prometheus_takes_the_rules(rules: Path) -> None:
    assert "SUCCESS: 35 rules found" in told("promtool", "check", "rules", rules)


def series(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"series": name, "values": value} for name, value in values.items()]


def answered(code: int, values: str) -> dict[str, str]:
    return {f'estate_requests_total{{model="eta",code="{code}",pod="a"}}': values}


def timed(within: str, all_of_them: str) -> dict[str, str]:
    """The bucket of the objective's bound, and how many there were."""
    return {
        'estate_request_seconds_bucket{model="eta",le="0.25",pod="a"}': within,
        'estate_request_seconds_count{model="eta",pod="a"}': all_of_them,
    }


ETA = {"subject": "eta", "model": "eta"}
# Series, minutes until they are looked at, the alert, and the labels of those that fire.
CASES = {
    "one of ten fails for an hour: the budget of a month is gone within days": (
        {**answered(200, "0+90x80"), **answered(503, "0+10x80")},
        75,
        "BudgetBurnsFast",
        [{**ETA, "signal": "burn-fast", "severity": "page", "slo": "availability"}],
    ),
    "one of a hundred fails: twice the budget, which is no page": (
        {**answered(200, "0+99x80"), **answered(503, "0+1x80")},
        75,
        "BudgetBurnsFast",
        [],
    ),
    "failures of the hour before have ended: the short window is quiet": (
        {**answered(200, "0+90x100"), **answered(503, "0+10x50 500x50")},
        75,
        "BudgetBurnsFast",
        [],
    ),
    "all fail, and there were five requests": (
        {**answered(200, "0x80"), **answered(503, "0x70 1 2 3 4 5x5")},
        75,
        "BudgetBurnsFast",
        [],
    ),
    "half of the answers take longer than they may": (
        {**answered(200, "0+100x80"), **timed("0+50x80", "0+100x80")},
        75,
        "BudgetBurnsFast",
        [{**ETA, "signal": "burn-fast", "severity": "page", "slo": "latency"}],
    ),
    "a share of failures is a ticket": (
        {**answered(200, "0+90x20"), **answered(503, "0+2x20")},
        15,
        "ModelErrors",
        [{**ETA, "signal": "errors", "severity": "ticket"}],
    ),
    "a share of failures where much is asked is an outage": (
        {**answered(200, "0+90x20"), **answered(503, "0+2x20")},
        15,
        "ModelOutage",
        [{**ETA, "signal": "outage", "severity": "page"}],
    ),
    "a share of failures where nothing is asked is none": (
        {**answered(200, "0+1x20"), **answered(503, "0+0.1x20")},
        15,
        "ModelOutage",
        [],
    ),
    "a GPU computes nothing for an hour": (
        {'DCGM_FI_DEV_GPU_UTIL{Hostname="a",gpu="0"}': "0x90", 'DCGM_FI_DEV_GPU_UTIL{Hostname="b",gpu="0"}': "80x90"},
        80,
        "GpuIdle",
        [{"signal": "gpu-idle", "severity": "ticket", "subject": "a", "Hostname": "a"}],
    ),
    "a GPU that rests between two jobs": (
        {'DCGM_FI_DEV_GPU_UTIL{Hostname="a",gpu="0"}': "0x30 90x5 0x60"},
        80,
        "GpuIdle",
        [],
    ),
    "a GPU has fallen off the bus": (
        {'DCGM_FI_DEV_XID_ERRORS{Hostname="a",gpu="1",UUID="x"}': "0 0 79x5"},
        4,
        "GpuXid",
        [{"signal": "gpu-errors", "severity": "ticket", "subject": "a", "Hostname": "a", "gpu": "1"}],
    ),
    "a program reads what is not its own": (
        {'DCGM_FI_DEV_XID_ERRORS{Hostname="a",gpu="1"}': "0 0 31x5"},
        4,
        "GpuXid",
        [],
    ),
    "a GPU has double-bit errors": (
        {'DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{Hostname="a",gpu="1"}': "3 3 3 4x20"},
        10,
        "GpuMemory",
        [{"signal": "gpu-errors", "severity": "ticket", "subject": "a", "Hostname": "a", "gpu": "1"}],
    ),
    "a GPU had double-bit errors long ago": (
        {'DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{Hostname="a",gpu="1"}': "3x60"},
        40,
        "GpuMemory",
        [],
    ),
    "jobs wait, and none is admitted": (
        {
            'kueue_pending_workloads{cluster_queue="gpu",status="active"}': "2x90",
            'kueue_admitted_workloads_total{cluster_queue="gpu"}': "7x90",
        },
        80,
        "QueueStuck",
        [{"signal": "queue-wait", "severity": "ticket", "subject": "gpu", "cluster_queue": "gpu"}],
    ),
    "jobs wait, and others are admitted": (
        {
            'kueue_pending_workloads{cluster_queue="gpu",status="active"}': "2x90",
            'kueue_admitted_workloads_total{cluster_queue="gpu"}': "7+1x90",
        },
        80,
        "QueueStuck",
        [],
    ),
    "a node is not ready": (
        {'kube_node_status_condition{node="n1",condition="Ready",status="true"}': "1x3 0x20"},
        20,
        "NodeNotReady",
        [{"signal": "node-health", "severity": "ticket", "subject": "n1", "node": "n1"}],
    ),
    "a kubelet does not answer": (
        {'up{job="nodes",instance="10.0.0.1:10250"}': "1 0x20", 'up{job="pods",instance="10.0.0.2:8080"}': "0x20"},
        12,
        "KubeletGone",
        [
            {
                "signal": "node-health",
                "severity": "ticket",
                "subject": "10.0.0.1:10250",
                "instance": "10.0.0.1:10250",
                "job": "nodes",
            }
        ],
    ),
}


@promtool
def test_alerts_fire_when_they_should_and_otherwise_not(rules: Path, tmp_path: Path) -> None:
    """All cases in one call: a start of promtool takes longer than the cases."""
    summaries = {
        rule["alert"]: rule["annotations"]["summary"]
        for group in yaml.safe_load(rules.read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
    assert set(summaries) == {case[2] for case in CASES.values()} | {"ModelSlow", "BudgetBurns", "QueueSlow"}
    tests: list[dict[str, Any]] = [
        {
            "name": name,
            "interval": "1m",
            "input_series": series(given),
            "alert_rule_test": [
                {
                    "eval_time": f"{minutes}m",
                    "alertname": alert,
                    "exp_alerts": [{"exp_labels": each} for each in firing],
                }
            ],
        }
        for name, (given, minutes, alert, firing) in CASES.items()
    ]
    for test in tests:
        for firing in test["alert_rule_test"][0]["exp_alerts"]:
            firing["exp_annotations"] = {"summary": _said(test["name"], firing["exp_labels"])}
    file = tmp_path / "tests.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": tests}))

    assert "SUCCESS" in told("promtool", "test", "rules", file)


def _said(case: str, labels: dict[str, str]) -> str:
    """What a person reads, as the rules' templates fill it in."""
    texts = {
        "availability": "availability of eta, 99.5 %: the error budget burns too fast",
        "latency": "latency of eta, 99 %: the error budget burns too fast",
        "errors": "At least 1 % of the requests to eta fail",
        "outage": "Requests to eta fail or are slow, and it is asked",
        "gpu-idle": "The GPUs of a are below 5 % for 60 minutes",
        "queue-wait": "Jobs wait in gpu, and none was admitted for 30 minutes",
    }
    if labels["signal"] == "gpu-errors":
        xid = "fallen" in case
        return "GPU 1 of a reported XID 79" if xid else "GPU 1 of a has memory errors that it could not correct"
    if labels["signal"] == "node-health":
        node = "node" in labels
        return "Node n1 is not ready" if node else "The kubelet of 10.0.0.1:10250 does not answer"
    return texts[labels.get("slo", labels["signal"])]


def test_an_alert_says_of_its_signal_what_cloudwatchs_alarm_says(rules: Path) -> None:
    groups = yaml.safe_load(rules.read_text())["groups"]
    alerts = [rule["labels"] for group in groups for rule in group["rules"] if "alert" in rule]

    assert alerts
    assert [each["severity"] for each in alerts] == [SEVERITIES[Signal(each["signal"])].value for each in alerts]


@pytest.mark.parametrize(
    ("fast", "slow", "windows", "alerts"),
    [
        (True, False, {"5m", "30m", "1h", "6h"}, {"BudgetBurnsFast"}),
        (False, True, {"2h", "24h"}, {"BudgetBurns"}),
        (False, False, set(), set()),
    ],
)
def test_only_the_paces_that_alarm_are_counted(fast: bool, slow: bool, windows: set[str], alerts: set[str]) -> None:
    only = {"availability": SLOS["availability"]}
    rules = model_rules(watched(slos=only), fast=fast, slow=slow).to_yaml()["rules"]
    assert isinstance(rules, list)

    burns = {
        each["record"].removeprefix("estate:slo_burn:rate") for each in rules if "slo_burn" in str(each.get("record"))
    }
    assert burns == windows
    assert {each["alert"] for each in rules if "alert" in each} - {"ModelErrors", "ModelSlow", "ModelOutage"} == alerts
