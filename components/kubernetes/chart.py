"""Operators come as Helm charts: pinned, installed as a whole or not at all."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes.helm import v3 as helm

from components.base import Component
from components.kubernetes.options import PINNED, Chart, version_of

Values = Mapping[str, "pulumi.Input[object]"]


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


def image(chart: Chart, registry: str, repository: str) -> str:
    """An image's name without its tag: the project's own, or its copy."""
    return f"{chart.images if chart.images is not None else registry}/{repository}"
