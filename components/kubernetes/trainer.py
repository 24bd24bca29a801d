"""Kubeflow Trainer: the controller, and runtimes that a training job refers to by name."""

from collections.abc import Mapping
from typing import Annotated

import pulumi
from pydantic import Field

from components.base import Args, Component, Placement
from components.cluster.nodes import GPU
from components.kubernetes.chart import image, release
from components.kubernetes.custom import CustomObject
from components.kubernetes.fence import FencedNamespace, NamespaceArgs
from components.kubernetes.options import Chart, Framework, TrainingRuntime
from components.kubernetes.workloads import TRAINING_PRIORITY

ADAPTER = "vpc.amazonaws.com/efa"
API = "trainer.kubeflow.org/v1alpha1"
NAMESPACE = "kubeflow-system"
# The controller's and JobSet's webhooks, and where trainers report how far they are.
WEBHOOKS = (9443, 10443)
USER = 10001  # of the estate's images that do not need root


class TrainerArgs(Args):
    placement: Placement
    chart: Chart = Chart()
    gpu_image: pulumi.Input[str] = Field(description="The estate's own image for training on GPUs, with its tag.")
    runtimes: Mapping[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")], TrainingRuntime] = Field(
        min_length=1, description="Runtimes by name."
    )


class Trainer(Component):
    """Jobs are made by people and pipelines; a queue's name on them lets them wait for their GPUs."""

    def __init__(self, name: str, args: TrainerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:kubernetes:Trainer", name, args.placement, opts)
        fenced = FencedNamespace(
            f"{name}-system",
            NamespaceArgs(placement=args.placement, namespace=NAMESPACE, ports_open_to_all=WEBHOOKS),
            self.child(),
        )
        controller = release(
            self, "trainer", "kubeflow-trainer", args.chart, fenced.namespace, _values(args.chart), after=fenced.walls
        )
        for runtime_name, runtime in sorted(args.runtimes.items()):
            CustomObject(
                f"{name}-runtime-{runtime_name}",
                API,
                "ClusterTrainingRuntime",
                # How jobs of a runtime find out what may run in it.
                {"name": runtime_name, "labels": {"trainer.kubeflow.org/framework": runtime.framework.value}},
                {"spec": _runtime(runtime, runtime.image if runtime.image is not None else args.gpu_image)},
                self.child(depends_on=[controller]),
            )
        self.register_outputs({})


def _values(chart: Chart) -> dict[str, pulumi.Input[object]]:
    registry, _, repository = image(chart, "ghcr.io", "kubeflow/trainer/trainer-controller-manager").partition("/")
    # JobSet, of which Trainer's jobs are made; its own wish would fill a quarter of a small node.
    jobset: dict[str, object] = {
        "install": True,
        "controller": {"resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}}},
    }
    if chart.images is not None:
        jobset["image"] = {"repository": image(chart, "registry.k8s.io", "jobset/jobset")}
    return {
        "image": {"registry": registry, "repository": repository},
        "manager": {"resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}}},
        "jobset": jobset,
        "runtimes": {"defaultEnabled": False},
    }


def _runtime(runtime: TrainingRuntime, trainer_image: pulumi.Input[str]) -> dict[str, object]:
    policy: dict[str, object] = {"numNodes": runtime.nodes}
    if runtime.framework is Framework.TORCH:
        policy["torch"] = {}
    elif runtime.framework is Framework.XGBOOST:
        policy["xgboost"] = {}
    job = {
        "name": "node",  # the name under which Trainer looks for it
        "template": {
            "metadata": {"labels": {"trainer.kubeflow.org/trainjob-ancestor-step": "trainer"}},
            "spec": {"template": {"spec": _pod(runtime, trainer_image)}},
        },
    }
    return {
        "mlPolicy": policy,
        "template": {
            "spec": {
                "ttlSecondsAfterFinished": runtime.finished_hours * 3600,
                "failurePolicy": {"maxRestarts": runtime.retries},
                "replicatedJobs": [job],
            }
        },
    }


def _pod(runtime: TrainingRuntime, trainer_image: pulumi.Input[str]) -> dict[str, object]:
    """A pod that a namespace with the standard `restricted` takes."""
    devices = {GPU: str(runtime.gpus)}
    if runtime.fabric_adapters:
        devices[ADAPTER] = str(runtime.fabric_adapters)
    return {
        "automountServiceAccountToken": False,
        "priorityClassName": TRAINING_PRIORITY,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "tolerations": [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}],
        "containers": [
            {
                "name": "node",
                "image": trainer_image,
                "env": [{"name": "ESTATE_ML_ROOT", "value": "/work"}, {"name": "HOME", "value": "/work"}],
                "resources": {
                    "requests": {"cpu": "2", "memory": f"{runtime.memory_gb}Gi", **devices},
                    "limits": {"memory": f"{runtime.memory_gb}Gi", **devices},
                },
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "readOnlyRootFilesystem": True,
                },
                "volumeMounts": [
                    {"name": "work", "mountPath": "/work"},
                    {"name": "scratch", "mountPath": "/tmp"},  # noqa: S108  a volume of the pod's own
                    {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108
                ],
            }
        ],
        "volumes": [
            {"name": "work", "emptyDir": {}},
            {"name": "scratch", "emptyDir": {}},
            {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": f"{runtime.shared_memory_gb}Gi"}},
        ],
    }
