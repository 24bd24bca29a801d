"""Who brings the cluster's metrics into the workspace: AWS's own collector, so that nothing of it runs on a node."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import amp
from pydantic import Field

from components.base import Args, Component, Placement
from components.kubernetes.scraped import META, NAMED, Relabel, scrape_jobs
from components.prometheus.cluster_rules import NODES_JOB
from contracts.prometheus import ClusterMetric

# EKS's add-on, by the label and port of its chart; it gives its pods no annotation of ours.
STATE, STATE_PORT = "kube-state-metrics", 8080


class ClusterScraperArgs(Args):
    placement: Placement
    cluster_arn: pulumi.Input[str] = Field(description="The EKS cluster; its access mode must know access entries.")
    workspace_arn: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]] = Field(min_length=2, description="Subnets in two zones at least.")
    security_group_ids: Sequence[pulumi.Input[str]] = Field(
        min_length=1, description="With these the collector reaches the cluster's API and its pods."
    )
    seconds: int = Field(default=60, ge=30, le=3600, description="How often everything is scraped.")


class ClusterScraper(Component):
    """A managed collector of pods that ask for it by annotation, of the add-on kube-state-metrics, and of kubelets.

    AWS makes its access entry in the cluster itself when the collector is made. A change of cluster or network
    replaces it.
    """

    scraper: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterScraperArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:prometheus:ClusterScraper", name, args.placement, opts)
        made = amp.Scraper(
            f"{name}-scraper",
            alias=args.placement.named("cluster"),
            source={
                "eks": {
                    "cluster_arn": args.cluster_arn,
                    "subnet_ids": list(args.subnet_ids),
                    "security_group_ids": list(args.security_group_ids),
                }
            },
            destination={"amp": {"workspace_arn": args.workspace_arn}},
            scrape_configuration=scrape_configuration(args.seconds),
            opts=self.child(),
        )
        self.scraper = made.id
        self.register_outputs({"scraper": self.scraper})


def scrape_configuration(seconds: int) -> str:
    """Prometheus' configuration: pods that ask, at their `port` and `path`, what tells of nodes, and kubelets."""
    import yaml  # only where there is a workspace

    document = {
        "global": {"scrape_interval": f"{seconds}s"},
        "scrape_configs": [
            *({**job, "metric_relabel_configs": [_kept()]} for job in scrape_jobs()),
            _state(),
            {
                "job_name": NODES_JOB,
                "scheme": "https",
                "kubernetes_sd_configs": [{"role": "node"}],
                "tls_config": {"insecure_skip_verify": True},  # kubelets sign their certificates themselves
                "bearer_token_file": "/var/run/secrets/kubernetes.io/serviceaccount/token",
                # Whether it answers is all that is kept of a kubelet: its own metrics are thousands of series.
                "metric_relabel_configs": [{"action": "drop", "source_labels": ["__name__"], "regex": ".+"}],
            },
        ],
    }
    return yaml.safe_dump(document, sort_keys=False, width=10_000)


def _state() -> dict[str, object]:
    """How Kubernetes finds its nodes. The rest of what it tells is thousands of series that nothing here reads."""
    return {
        "job_name": STATE,
        "honor_labels": True,  # its series name nodes, pods and namespaces of others
        "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": [STATE]}}],
        "relabel_configs": [
            {"action": "keep", "source_labels": [f"{META}_label_app_kubernetes_io_name"], "regex": STATE},
            {
                "action": "replace",
                "source_labels": ["__address__"],
                "regex": r"([^:]+)(?::\d+)?",
                "replacement": f"$1:{STATE_PORT}",
                "target_label": "__address__",
            },
            *NAMED,
        ],
        "metric_relabel_configs": [
            {"action": "keep", "source_labels": ["__name__"], "regex": ClusterMetric.NODE_CONDITION.value}
        ],
    }


def _kept() -> Relabel:
    """Samples are paid for by the million: what rules and dashboards read, and nothing else."""
    return {
        "action": "keep",
        "source_labels": ["__name__"],
        "regex": "estate_.+|DCGM_.+|kueue_.+|kube_(node|pod|deployment|daemonset)_.+|karpenter_.+",
    }
