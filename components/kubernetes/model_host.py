"""A model's release on the cluster: the same image and code that SageMaker hosts."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes import apps, autoscaling, core, meta, networking, policy
from pydantic import Field

from components.base import Args, Component, Placement
from components.cluster.pod_role import PodRole, PodRoleArgs
from components.documents import document
from components.endpoint.variants import Served
from components.kubernetes.fence import in_namespace, tcp
from components.kubernetes.options import KubernetesHost
from components.kubernetes.scraped import scraped
from contracts.prometheus import METRICS_PATH

PORT = 8080
USER = 10001  # the serving image's
MODEL, SCRATCH = "/opt/ml/model", "/tmp"  # noqa: S108  volumes of the pod's own
SLEEP_SECONDS = 5  # until nobody sends to a pod that is to go
GRACE_SECONDS = 20  # in which the host answers what it has begun


class ModelHostArgs(Args):
    placement: Placement
    model: str = Field(description="Name of the model's workload; names the objects.")
    release: Served
    host: KubernetesHost
    image: pulumi.Input[str] = Field(
        description="The serving image with its tag: the one the release was evaluated on."
    )
    namespace: pulumi.Input[str] = Field(description="Namespace of hosts, fenced.")
    namespace_name: str = Field(description="The same, as it stands in the role's trust.")
    cluster: str = Field(description="Name of the cluster.")
    cluster_name: pulumi.Input[str] = Field(description="The same, once it is there.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="The most that its role may do.")
    models_bucket_arn: pulumi.Input[str] = Field(description="Bucket with the model's archives, under its name.")
    models_key_arn: pulumi.Input[str] = Field(description="KMS key of the archives.")
    priority: str = Field(description="Name of its pods' priority class.")
    scraped_by: Sequence[str] = Field(default=(), description="Namespaces that read its metrics; none by default.")
    scraped_from: Mapping[str, str] = Field(
        default={}, description="Address ranges from which metrics are read, by a name; none by default."
    )


class ModelHost(Component):
    """Pods that answer on /invocations, as many as there is work for, behind one name in the cluster.

    How many there are is the autoscaler's: no count is declared.
    """

    url: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: ModelHostArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        after: Sequence[pulumi.Resource] = (),
    ) -> None:
        """`after` are the walls of the namespace, which stand before a pod starts."""
        super().__init__("estate:kubernetes:ModelHost", name, args.placement, opts)
        self._labels = {"app.kubernetes.io/name": args.model, "app.kubernetes.io/part-of": "mlops-estate"}
        account = core.v1.ServiceAccount(
            f"{name}-account",
            metadata=self._meta(args),
            automount_service_account_token=False,
            opts=self.child(),
        )
        role = self._role(args, account)
        self._policy(args)
        deployment = self._deployment(args, account.metadata.name, [*role.ready, *after])
        self._scale(args, deployment)
        service = core.v1.Service(
            f"{name}-service",
            metadata=self._meta(args),
            spec={
                "type": "ClusterIP",
                "selector": self._labels,
                "ports": [{"name": "http", "port": PORT, "target_port": PORT}],
            },
            opts=self.child(),
        )
        self.url = pulumi.Output.concat("http://", service.metadata.name, ".", args.namespace, f".svc:{PORT}")
        self.register_outputs({"url": self.url})

    def _meta(self, args: ModelHostArgs) -> meta.v1.ObjectMetaArgsDict:
        return {"name": args.model, "namespace": args.namespace, "labels": self._labels}

    def _role(self, args: ModelHostArgs, account: core.v1.ServiceAccount) -> PodRole:
        """Reads this model's package and archives, and nothing else."""
        group = args.release.package_arn.rpartition("/")[0]
        return PodRole(
            f"{self.name}-role",
            PodRoleArgs(
                placement=args.placement,
                subject=f"host-{args.model}",
                cluster=args.cluster,
                cluster_name=args.cluster_name,
                namespace=args.namespace_name,
                service_account=args.model,
                permission_boundary_arn=args.permission_boundary_arn,
                policy=document(
                    {
                        "Sid": "FindArchive",
                        "Effect": "Allow",
                        "Action": "sagemaker:DescribeModelPackage",
                        "Resource": f"{group}/*",
                    },
                    {
                        "Sid": "ReadArchive",
                        "Effect": "Allow",
                        "Action": "s3:GetObject",
                        "Resource": pulumi.Output.concat(args.models_bucket_arn, f"/{args.model}/*"),
                    },
                    {
                        "Sid": "OpenArchive",
                        "Effect": "Allow",
                        "Action": "kms:Decrypt",
                        "Resource": args.models_key_arn,
                    },
                ),
            ),
            self.child(),
            after=[account],
        )

    def _policy(self, args: ModelHostArgs) -> None:
        callers: list[networking.v1.NetworkPolicyPeerArgsDict] = [
            in_namespace(each) for each in sorted({*args.host.callers, *args.scraped_by})
        ]
        callers += [{"ip_block": {"cidr": cidr}} for _, cidr in sorted(args.scraped_from.items())]
        if not callers:
            return
        networking.v1.NetworkPolicy(
            f"{self.name}-callers",
            metadata=self._meta(args),
            spec={
                "pod_selector": {"match_labels": self._labels},
                "policy_types": ["Ingress"],
                "ingress": [{"from_": callers, "ports": tcp(PORT)}],
            },
            opts=self.child(),
        )

    def _deployment(
        self, args: ModelHostArgs, account: pulumi.Output[str], after: Sequence[pulumi.Resource]
    ) -> apps.v1.Deployment:
        # A release that cannot start, or be fetched, leaves the one before it in place: none of its pods goes first.
        return apps.v1.Deployment(
            f"{self.name}-deployment",
            metadata=self._meta(args),
            spec={
                "selector": {"match_labels": self._labels},
                "strategy": {"type": "RollingUpdate", "rolling_update": {"max_unavailable": 0, "max_surge": 1}},
                "min_ready_seconds": 10,
                "progress_deadline_seconds": 600,
                "revision_history_limit": 3,
                "template": {
                    "metadata": {"labels": self._labels, "annotations": scraped(PORT, METRICS_PATH)},
                    "spec": self._pod(args, account),
                },
            },
            # Its pods ask who they are when they start.
            opts=self.child(depends_on=list(after)),
        )

    def _pod(self, args: ModelHostArgs, account: pulumi.Output[str]) -> core.v1.PodSpecArgsDict:
        spread: list[core.v1.TopologySpreadConstraintArgsDict] = [
            {
                "max_skew": 1,
                "topology_key": key,
                "when_unsatisfiable": "ScheduleAnyway",
                "label_selector": {"match_labels": self._labels},
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ]
        return {
            "service_account_name": account,
            "priority_class_name": args.priority,
            "automount_service_account_token": False,
            "enable_service_links": False,
            "termination_grace_period_seconds": SLEEP_SECONDS + GRACE_SECONDS + 5,
            "topology_spread_constraints": spread,
            "security_context": {
                "run_as_non_root": True,
                "run_as_user": USER,
                "run_as_group": USER,
                "fs_group": USER,
                "seccomp_profile": {"type": "RuntimeDefault"},
            },
            "init_containers": [_fetch(args)],
            "containers": [_host(args)],
            "volumes": [
                {"name": "model", "empty_dir": {"size_limit": f"{args.host.model_mb}Mi"}},
                {"name": "scratch", "empty_dir": {"size_limit": f"{args.host.model_mb}Mi"}},
            ],
        }

    def _scale(self, args: ModelHostArgs, deployment: apps.v1.Deployment) -> None:
        autoscaling.v2.HorizontalPodAutoscaler(
            f"{self.name}-scale",
            metadata=self._meta(args),
            spec={
                "scale_target_ref": {
                    "api_version": "apps/v1",
                    "kind": "Deployment",
                    "name": deployment.metadata.name,
                },
                "min_replicas": args.host.minimum,
                "max_replicas": args.host.maximum,
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {
                            "name": "cpu",
                            "target": {"type": "Utilization", "average_utilization": args.host.cpu_percent},
                        },
                    }
                ],
                "behavior": {"scale_down": {"stabilization_window_seconds": 300}},
            },
            opts=self.child(),
        )
        policy.v1.PodDisruptionBudget(
            f"{self.name}-budget",
            metadata=self._meta(args),
            spec={"max_unavailable": 1, "selector": {"match_labels": self._labels}},
            opts=self.child(),
        )


CONFINED: core.v1.SecurityContextArgsDict = {
    "allow_privilege_escalation": False,
    "capabilities": {"drop": ["ALL"]},
    "read_only_root_filesystem": True,
}


def _fetch(args: ModelHostArgs) -> core.v1.ContainerArgsDict:
    given: dict[str, pulumi.Input[str]] = {
        "AWS_REGION": args.placement.region,
        "ESTATE_IMAGE": args.image,
        "ESTATE_RELEASE": args.release.package_arn,
        "ESTATE_WORKLOAD": args.model,
    }
    return {
        "name": "fetch",
        "image": args.image,
        "command": ["python", "-m", "pipelines.serving.fetch"],
        "env": [{"name": name, "value": value} for name, value in given.items()],
        "resources": {
            "requests": {"cpu": "250m", "memory": f"{args.host.memory_mb}Mi"},
            "limits": {"memory": f"{args.host.memory_mb}Mi"},
        },
        "security_context": CONFINED,
        "volume_mounts": [{"name": "model", "mount_path": MODEL}, {"name": "scratch", "mount_path": SCRATCH}],
    }


def _host(args: ModelHostArgs) -> core.v1.ContainerArgsDict:
    ping: core.v1.HTTPGetActionArgsDict = {"path": "/ping", "port": PORT}
    return {
        "name": "host",
        "image": args.image,
        "args": ["serve"],
        "env": [
            {"name": "ESTATE_METRICS", "value": "on"},
            {"name": "ESTATE_WORKLOAD", "value": args.model},
        ],
        "ports": [{"name": "http", "container_port": PORT}],
        "startup_probe": {"http_get": ping, "period_seconds": 2, "failure_threshold": 60},
        "readiness_probe": {"http_get": ping, "period_seconds": 5, "timeout_seconds": 2, "failure_threshold": 2},
        "liveness_probe": {"http_get": ping, "period_seconds": 10, "timeout_seconds": 5, "failure_threshold": 6},
        "lifecycle": {"pre_stop": {"sleep": {"seconds": SLEEP_SECONDS}}},
        "resources": {
            "requests": {"cpu": f"{round(args.host.cpus * 1000)}m", "memory": f"{args.host.memory_mb}Mi"},
            "limits": {"memory": f"{args.host.memory_mb}Mi"},
        },
        "security_context": CONFINED,
        "volume_mounts": [
            {"name": "model", "mount_path": MODEL, "read_only": True},
            {"name": "scratch", "mount_path": SCRATCH},
        ],
    }
