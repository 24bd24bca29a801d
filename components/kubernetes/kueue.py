"""Kueue: the controller, kinds of nodes, and a queue for each team."""

import json
from collections.abc import Mapping

import pulumi
from pydantic import Field

from components.base import Args, Component, Placement
from components.cluster.gpu_nodes import Effect, Taint
from components.cluster.nodes import GPU, POOL
from components.kubernetes.chart import image, release
from components.kubernetes.custom import CustomObject
from components.kubernetes.fence import TEAM, FencedNamespace, NamespaceArgs
from components.kubernetes.options import Chart, version_of
from components.kubernetes.queues import Queues, Quota, Reclaim, Team
from components.kubernetes.scraped import scraped

API = "kueue.x-k8s.io/v1beta2"
NAMESPACE = "kueue-system"
QUEUE = "gpus"  # a team's queue, in its namespace
COHORT = "estate"
WEBHOOK, METRICS = 9443, 8443
EFFECTS = {
    Effect.NO_SCHEDULE: "NoSchedule",
    Effect.NO_EXECUTE: "NoExecute",
    Effect.PREFER_NO_SCHEDULE: "PreferNoSchedule",
}
RECLAIM = {Reclaim.NEVER: "Never", Reclaim.LOWER_PRIORITY: "LowerPriority", Reclaim.ANY: "Any"}


class KueueArgs(Args):
    placement: Placement
    chart: Chart = Chart()
    queues: Queues
    existing_namespaces: Mapping[str, pulumi.Input[str]] = Field(
        default={}, description="Teams' namespaces that are there already, by team; the others are made."
    )
    taints: Mapping[str, Mapping[str, Taint]] = Field(
        default={}, description="Taints of a group's nodes beside that of GPUs, by group and key; none by default."
    )


class Kueue(Component):
    """GPUs are counted; processors and memory are bounded by the namespaces' own limits, and by the nodes."""

    namespaces: dict[str, pulumi.Input[str]]  # by team

    def __init__(self, name: str, args: KueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:kubernetes:Kueue", name, args.placement, opts)
        fenced = FencedNamespace(
            f"{name}-system",
            NamespaceArgs(placement=args.placement, namespace=NAMESPACE, ports_open_to_all=(WEBHOOK, METRICS)),
            self.child(),
        )
        controller = release(
            self, "kueue", "kueue", args.chart, fenced.namespace, self._values(args), after=fenced.walls
        )
        self._controller = controller
        for priority, value in sorted(args.queues.priorities.items()):
            self._object(
                f"priority-{priority}", "WorkloadPriorityClass", priority, value=value, description=f"Jobs: {priority}"
            )
        flavors = {
            flavor: self._object(
                f"flavor-{flavor}", "ResourceFlavor", flavor, spec=_flavor(flavor, args.taints.get(flavor, {}))
            )
            for flavor in sorted({flavor for team in args.queues.teams.values() for flavor in team.quotas})
        }
        self.namespaces = {}
        for team_name, team in sorted(args.queues.teams.items()):
            self.namespaces[team_name] = self._namespace(team_name, args)
            needed: list[pulumi.Resource] = [flavors[flavor] for flavor in team.quotas]
            shared = self._object(f"{team_name}-share", "ClusterQueue", team_name, needed, spec=_share(team_name, team))
            self._object(
                f"{team_name}-queue",
                "LocalQueue",
                QUEUE,
                [shared],
                namespace=self.namespaces[team_name],
                spec={"clusterQueue": team_name},
            )
        self.register_outputs({})

    def _namespace(self, team: str, args: KueueArgs) -> pulumi.Input[str]:
        if team in args.existing_namespaces:
            return args.existing_namespaces[team]
        return FencedNamespace(
            f"{self.name}-{team}",
            NamespaceArgs(placement=args.placement, namespace=team, labels={TEAM: team}),
            self.child(),
        ).namespace

    def _object(
        self,
        role: str,
        kind: str,
        name: str,
        after: list[pulumi.Resource] | None = None,
        *,
        namespace: pulumi.Input[str] | None = None,
        **content: object,
    ) -> CustomObject:
        # Before its controller in a teardown: the controller takes its mark off what nobody uses any more.
        return CustomObject(
            f"{self.name}-{role}",
            API,
            kind,
            {"name": name} if namespace is None else {"name": name, "namespace": namespace},
            content,
            self.child(depends_on=[self._controller, *(after or [])]),
        )

    def _values(self, args: KueueArgs) -> dict[str, pulumi.Input[object]]:
        return {
            "enablePrometheus": False,
            "controllerManager": {
                "replicas": 2 if args.placement.protected else 1,
                "manager": {
                    "podAnnotations": scraped(METRICS, secure=True),
                    "image": {
                        "repository": image(args.chart, "registry.k8s.io", "kueue/kueue"),
                        "tag": "v" + version_of("kueue", args.chart),
                        "pullPolicy": "IfNotPresent",
                    },
                    "resources": {
                        "requests": {"cpu": "200m", "memory": "512Mi"},
                        "limits": {"memory": "1Gi"},
                    },
                },
                "podDisruptionBudget": {"enabled": args.placement.protected, "minAvailable": 1},
            },
            "managerConfig": {"controllerManagerConfigYaml": configuration(args.queues)},
        }


def configuration(queues: Queues) -> str:
    """The controller's own configuration; JSON, which is YAML too."""
    document: dict[str, object] = {
        "apiVersion": "config.kueue.x-k8s.io/v1beta2",
        "kind": "Configuration",
        "health": {"healthProbeBindAddress": ":8081"},
        "metrics": {"bindAddress": f":{METRICS}", "enableClusterQueueResources": True},
        "webhook": {"port": WEBHOOK},
        "leaderElection": {"leaderElect": True, "resourceName": "c1f6bfd2.kueue.x-k8s.io"},
        # Teams' namespaces only: an operator's own jobs must not wait for anybody.
        "manageJobsWithoutQueueName": queues.strict,
        "managedJobsNamespaceSelector": {"matchExpressions": [{"key": TEAM, "operator": "Exists"}]},
        "integrations": {"frameworks": ["batch/job", "jobset.x-k8s.io/jobset", "trainer.kubeflow.org/trainjob"]},
        "fairSharing": {"preemptionStrategies": ["LessThanOrEqualToFinalShare", "LessThanInitialShare"]},
        # GPUs are what is short; a quota on anything else would need a number for every flavour and team.
        "resources": {
            "excludeResourcePrefixes": ["cpu", "ephemeral-storage", "hugepages", "memory", "vpc.amazonaws.com"]
        },
        # All pods of a job start, or none: half of a distributed job would hold its GPUs and wait for ever.
        "waitForPodsReady": {
            "timeout": "15m",  # a node starts and pulls its image in that time
            "blockAdmission": False,
            "requeuingStrategy": {"timestamp": "Eviction", "backoffLimitCount": 5, "backoffBaseSeconds": 60},
        },
        "objectRetentionPolicies": {"workloads": {"afterFinished": "168h"}},
    }
    return json.dumps(document, sort_keys=True)


def _flavor(flavor: str, taints: Mapping[str, Taint]) -> dict[str, object]:
    """With a group's own taints, so that only jobs that tolerate them get its GPUs."""
    found: dict[str, object] = {
        "nodeLabels": {POOL: flavor},
        "tolerations": [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}],
    }
    if taints:
        found["nodeTaints"] = [
            {"key": key, "value": taint.value, "effect": EFFECTS[taint.effect]} for key, taint in sorted(taints.items())
        ]
    return found


def _share(name: str, team: Team) -> dict[str, object]:
    return {
        "cohortName": COHORT,
        "namespaceSelector": {"matchLabels": {TEAM: name}},
        "queueingStrategy": "BestEffortFIFO",
        "fairSharing": {"weight": str(team.weight)},
        "flavorFungibility": {"whenCanBorrow": "TryNextFlavor", "whenCanPreempt": "TryNextFlavor"},
        "preemption": {
            "reclaimWithinCohort": RECLAIM[team.reclaim],
            "withinClusterQueue": "LowerPriority",
            "borrowWithinCohort": {"policy": "Never"},
        },
        "resourceGroups": [
            {
                "coveredResources": [GPU],
                "flavors": [
                    {"name": flavor, "resources": [_quota(quota)]} for flavor, quota in sorted(team.quotas.items())
                ],
            }
        ],
    }


def _quota(quota: Quota) -> dict[str, object]:
    found: dict[str, object] = {"name": GPU, "nominalQuota": quota.gpus}
    if quota.borrow is not None:
        found["borrowingLimit"] = quota.borrow
    if quota.lend is not None:
        found["lendingLimit"] = quota.lend
    return found
