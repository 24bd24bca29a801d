"""Prometheus and Grafana inside of the cluster, for teams without a managed workspace."""

import json

import pulumi
from pulumi_kubernetes import core
from pydantic import Field

from components.base import Args, Component, Placement
from components.cluster.pod_role import PodRole, PodRoleArgs
from components.documents import document
from components.kubernetes.chart import release
from components.kubernetes.dashboard import gpu_dashboard
from components.kubernetes.fence import FencedNamespace, NamespaceArgs
from components.kubernetes.options import REMOTE_WRITE, Chart
from components.kubernetes.scraped import scrape_jobs

NAMESPACE = "observability"
STACK = "kube-prometheus-stack"
WEBHOOK = 10250
# Of pods that are scraped: DCGM's exporter, model hosts and controllers, Kueue, kube-state-metrics, the stack's own,
# CoreDNS.
METRICS = (9400, 8080, 8443, 9090, 10250, 9153)
KUBELET = 10250


class ObservabilityArgs(Args):
    placement: Placement
    chart: Chart = Chart()
    retention_days: int = Field(default=15, ge=1, le=365, description="Days that samples stay.")
    storage_gb: int | None = Field(
        default=None,
        ge=10,
        description="Disk of Prometheus, from the EBS add-on; without one, samples go with the pod.",
    )
    storage_class: str | None = Field(
        default=None, description="Class of the disk; the cluster's default one by default."
    )
    remote_write: str | None = Field(
        default=None,
        pattern=REMOTE_WRITE,
        description="A managed workspace that gets the samples too; none by default.",
    )
    cluster: str = Field(description="Name of the cluster.")
    cluster_name: pulumi.Input[str] = Field(description="The same, once it is there.")
    network_cidr: str = Field(description="Address range of the network, in which the nodes are.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="The most that its role may do.")
    grafana: bool = Field(default=True, description="Dashboards, behind `kubectl port-forward` only.")
    dashboards: bool = Field(default=True, description="The estate's own dashboard of GPUs and queues.")


class Observability(Component):
    """Rules and receivers of alerts stay in CloudWatch or the managed workspace: alerts have one way out."""

    def __init__(self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:kubernetes:Observability", name, args.placement, opts)
        fenced = FencedNamespace(
            f"{name}-system",
            NamespaceArgs(
                placement=args.placement,
                namespace=NAMESPACE,
                ports_open_to_all=(WEBHOOK,),
                reaches_pods_on=METRICS,
                reaches_addresses={args.network_cidr: (KUBELET,)},  # nodes are no pods
            ),
            self.child(),
        )
        needed = [
            *fenced.walls,
            *(self._writer(args, args.remote_write, fenced) if args.remote_write is not None else ()),
        ]
        stack = release(self, STACK, STACK, args.chart, fenced.namespace, _values(args), after=needed)
        if args.grafana and args.dashboards:
            core.v1.ConfigMap(
                f"{name}-dashboard",
                # Grafana's helper looks for this label.
                metadata={"name": "estate-gpus", "namespace": fenced.namespace, "labels": {"grafana_dashboard": "1"}},
                data={"estate-gpus.json": json.dumps(gpu_dashboard(), sort_keys=True)},
                opts=self.child(depends_on=[stack]),
            )
        self.register_outputs({})

    def _writer(self, args: ObservabilityArgs, url: str, fenced: FencedNamespace) -> list[pulumi.Resource]:
        workspace = url.split("/")[4]
        return PodRole(
            f"{self.name}-role",
            PodRoleArgs(
                placement=args.placement,
                subject="samples",
                cluster=args.cluster,
                cluster_name=args.cluster_name,
                namespace=NAMESPACE,
                service_account=f"{STACK}-prometheus",
                permission_boundary_arn=args.permission_boundary_arn,
                policy=document(
                    {
                        "Sid": "WriteSamples",
                        "Effect": "Allow",
                        "Action": "aps:RemoteWrite",
                        "Resource": args.placement.arn("aps", f"workspace/{workspace}"),
                    }
                ),
            ),
            self.child(),
            after=fenced.walls,
        ).ready


def _values(args: ObservabilityArgs) -> dict[str, pulumi.Input[object]]:
    values: dict[str, pulumi.Input[object]] = {
        "crds": {"upgradeJob": {"enabled": True}},  # Helm installs CRDs once, and never upgrades them
        "alertmanager": {"enabled": False},
        "defaultRules": {"create": False},
        "nodeExporter": {"enabled": False},  # mounts the root of every node; kubelets say what is needed
        # EKS shows none of these.
        "kubeControllerManager": {"enabled": False},
        "kubeEtcd": {"enabled": False},
        "kubeScheduler": {"enabled": False},
        "kubeProxy": {"enabled": False},
        "prometheusOperator": {
            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
        },
        "prometheus": {"prometheusSpec": _prometheus(args)},
        "grafana": {
            "enabled": args.grafana,
            "defaultDashboardsEnabled": True,
            # Its password is made in the cluster, and stays there: no state of ours holds it.
            "grafana.ini": {
                "analytics": {"check_for_updates": False, "reporting_enabled": False},
                "auth.anonymous": {"enabled": False},
                "users": {"allow_sign_up": False},
            },
            "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
            "sidecar": {"dashboards": {"enabled": True, "label": "grafana_dashboard", "labelValue": "1"}},
        },
    }
    if args.chart.images is not None:
        values["global"] = {"imageRegistry": args.chart.images}
    return values


def _prometheus(args: ObservabilityArgs) -> dict[str, object]:
    spec: dict[str, object] = {
        "retention": f"{args.retention_days}d",
        "resources": {"requests": {"cpu": "200m", "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
        "additionalScrapeConfigs": scrape_jobs(),
    }
    if args.storage_gb is not None:
        claim: dict[str, object] = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": f"{args.storage_gb}Gi"}},
        }
        if args.storage_class is not None:
            claim["storageClassName"] = args.storage_class
        # Full disks stop Prometheus; the oldest samples go before.
        spec |= {
            "storageSpec": {"volumeClaimTemplate": {"spec": claim}},
            "retentionSize": f"{args.storage_gb * 4 // 5}GiB",
        }
    if args.remote_write is not None:
        region = args.remote_write.split(".")[1]
        spec["remoteWrite"] = [{"url": args.remote_write, "sigv4": {"region": region}}]
    return spec
