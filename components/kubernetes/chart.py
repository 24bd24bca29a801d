"""Operators come as Helm charts: pinned, installed as a whole or not at all."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pulumi
from pulumi_kubernetes.helm import v3 as helm
from pydantic import Field

from components.base import Args, Component

Values = Mapping[str, "pulumi.Input[object]"]


class Pinned(NamedTuple):
    """The version of a chart with which the estate is checked, and where its project publishes it."""

    version: str
    repository: str


# A new version is a change of this table, that a review sees. Their values' names are in estate/plan/crds/charts.json.
PINNED: Mapping[str, Pinned] = {
    "gpu-operator": Pinned("v26.7.0", "https://helm.ngc.nvidia.com/nvidia"),
    "karpenter": Pinned("1.14.1", "oci://public.ecr.aws/karpenter"),
    "karpenter-crd": Pinned("1.14.1", "oci://public.ecr.aws/karpenter"),
    "kube-prometheus-stack": Pinned("88.5.3", "oci://ghcr.io/prometheus-community/charts"),
    "kubeflow-trainer": Pinned("2.3.0", "oci://ghcr.io/kubeflow/charts"),
    "kueue": Pinned("0.19.2", "oci://registry.k8s.io/kueue/charts"),
}


class Chart(Args):
    """Another version or place of an operator's chart than the estate's own choice."""

    version: str | None = Field(
        default=None,
        pattern=r"^v?\d+\.\d+\.\d+$",
        description="Exact version; by default the one with which the estate is checked.",
    )
    repository: str | None = Field(
        default=None,
        pattern=r"^(oci|https)://[\w./-]+$",
        description="`oci://` folder or `https://` repository with a copy of the chart, for whoever deploys from where "
        "the project's own is not reached.",
    )
    images: str | None = Field(
        default=None,
        pattern=r"^[\w.-]+(:\d+)?(/[\w.-]+)*$",
        description="Registry with copies of the chart's images under their own names, for nodes that reach no other; "
        "the project's own by default.",
    )
    timeout_seconds: int = Field(default=600, ge=60, le=3600, description="How long its pods may take to get ready.")


def release(
    owner: Component,
    name: str,
    chart_name: str,
    chart: Chart,
    namespace: pulumi.Input[str],
    values: Values,
    *,
    skip_crds: bool = False,
    after: Sequence[pulumi.Resource] = (),
) -> helm.Release:
    """A release named as its chart. A failed upgrade goes back to what was before."""
    pinned = PINNED[chart_name]
    repository = chart.repository if chart.repository is not None else pinned.repository
    in_registry = repository.startswith("oci://")
    return helm.Release(
        f"{owner.name}-{name}",
        name=name,
        chart=f"{repository}/{chart_name}" if in_registry else chart_name,
        version=version_of(chart_name, chart),
        repository_opts=None if in_registry else {"repo": repository},
        namespace=namespace,
        create_namespace=False,  # a namespace has its labels and its fence before anything runs in it
        values=values,
        atomic=True,
        cleanup_on_fail=True,
        skip_crds=skip_crds,
        timeout=chart.timeout_seconds,
        max_history=5,
        opts=owner.child(depends_on=list(after)),
    )


def version_of(chart_name: str, chart: Chart) -> str:
    return chart.version if chart.version is not None else PINNED[chart_name].version


def image(chart: Chart, registry: str, repository: str) -> str:
    """An image's name without its tag: the project's own, or its copy."""
    return f"{chart.images if chart.images is not None else registry}/{repository}"
