"""Operators come as Helm charts: pinned, installed as a whole or not at all."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes.helm import v3 as helm
from pydantic import Field

from components.base import Args, Component

Values = Mapping[str, "pulumi.Input[object]"]


class Chart(Args):
    """Where an operator's chart comes from. By default, from where its project publishes it."""

    version: str = Field(
        pattern=r"^v?\d+\.\d+\.\d+$", description="Exact version; a new one is a change that a review sees."
    )
    repository: str = Field(
        pattern=r"^(oci|https)://[\w./-]+$",
        description="`oci://` folder or `https://` repository of the chart; whoever deploys must reach it.",
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
    in_registry = chart.repository.startswith("oci://")
    return helm.Release(
        f"{owner.name}-{name}",
        name=name,
        chart=f"{chart.repository}/{chart_name}" if in_registry else chart_name,
        version=chart.version,
        repository_opts=None if in_registry else {"repo": chart.repository},
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
