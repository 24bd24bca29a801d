"""What AWS's collector is told to read."""

import re
from pathlib import Path

import yaml

from components.prometheus.scraper import scrape_configuration
from contracts.prometheus import ClusterMetric
from tests.components.prometheus.tools import promtool, told


def test_the_collector_reads_every_metric_that_the_clusters_rules_ask_for() -> None:
    """An alert whose metric nobody scrapes is silent for ever."""
    kept = [
        rule["regex"]
        for job in yaml.safe_load(scrape_configuration(60))["scrape_configs"]
        for rule in job["metric_relabel_configs"]
        if rule["action"] == "keep"
    ]
    own = {ClusterMetric.UP}  # Prometheus' own
    assert all(any(re.fullmatch(each, metric) for each in kept) for metric in {*ClusterMetric} - own)


def test_nodes_are_told_of_by_the_add_on_alone() -> None:
    jobs = {job["job_name"]: job for job in yaml.safe_load(scrape_configuration(60))["scrape_configs"]}
    state = jobs["kube-state-metrics"]

    assert state["honor_labels"]  # the node of a series, not that of the pod which tells of it
    assert state["kubernetes_sd_configs"] == [{"role": "pod", "namespaces": {"names": ["kube-state-metrics"]}}]
    assert state["metric_relabel_configs"][0]["regex"] == "kube_node_status_condition"


@promtool
def test_prometheus_takes_the_collectors_configuration(tmp_path: Path) -> None:
    """Debian's Prometheus has no discovery in Kubernetes: targets that are written down stand for it."""
    document = yaml.safe_load(scrape_configuration(60))
    for job in document["scrape_configs"]:
        found = job.pop("kubernetes_sd_configs")
        assert found[0]["role"] in ("pod", "node")
        job["static_configs"] = [{"targets": ["10.0.0.1:8080"]}]
        job.pop("bearer_token_file", None)  # of a pod that is not here
    file = tmp_path / "prometheus.yaml"
    file.write_text(yaml.safe_dump(document))

    assert "SUCCESS" in told("promtool", "check", "config", file)
