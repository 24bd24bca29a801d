"""What monitoring and operations ask of the other layers' settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.endpoint.modes import Mode
from contracts.prometheus import LATENCY_BOUNDS_MS, countable

if TYPE_CHECKING:
    from stacks.settings.estate import EstateSettings


def check(settings: EstateSettings) -> None:
    """Raises ValueError with the first thing that does not fit."""
    for said in (*_canaries(settings), *_prometheus(settings), *_idle(settings), *_faults(settings), *_lock(settings)):
        raise ValueError(said)


def _canaries(settings: EstateSettings) -> Iterator[str]:
    api = settings.serving.api
    for model, canary in settings.monitoring.canaries.items():
        where = f"monitoring.canaries.{model}"
        if model not in settings.models:
            yield f"{where}: no such model; there are {', '.join(sorted(settings.models))}"
        elif settings.models[model].release is None:
            continue  # nothing answers yet: the canary comes with the first release
        elif settings.models[model].endpoint.mode is Mode.ASYNCHRONOUS:
            yield f"{where} waits for an answer; models.{model}.endpoint has the mode asynchronous, and gives it later"
        elif canary.through == "api" and api is None:
            yield f"{where} goes through the api, and there is no serving.api; set through: endpoint, or an api"
        elif canary.through == "api" and api is not None and api.authorization != "iam":
            yield (
                f"{where} signs its requests as an AWS identity, and serving.api.authorization is {api.authorization}; "
                "set through: endpoint"
            )


def _prometheus(settings: EstateSettings) -> Iterator[str]:
    wanted = settings.monitoring.prometheus
    if wanted is None:
        return
    if wanted.scrape_cluster and settings.training.cluster is None:
        yield "monitoring.prometheus.scrape_cluster has no cluster to scrape: set training.cluster, or false"
    for model, its in settings.models.items():
        for name, slo in its.objectives.items():
            if not countable(slo):
                bounds = ", ".join(map(str, LATENCY_BOUNDS_MS))
                yield (
                    f"models.{model}.slos.{name}: latency_ms {slo.latency_ms} cannot be counted by "
                    f"monitoring.prometheus; allowed there are {bounds}"
                )


def _idle(settings: EstateSettings) -> Iterator[str]:
    idle, training = settings.operations.idle, settings.training
    if idle is None:
        return
    if "kinds" in idle.model_fields_set:
        if "node-groups" in idle.kinds and training.cluster is None:
            yield "operations.idle.kinds has node-groups, and there is no training.cluster"
        if "apps" in idle.kinds and training.studio is None:
            yield "operations.idle.kinds has apps, and there is no training.studio"
    if idle.delete_endpoints and settings.tier != "sandbox":
        yield f"operations.idle.delete_endpoints is for sandboxes; an endpoint of {settings.tier} is never deleted"


def _faults(settings: EstateSettings) -> Iterator[str]:
    faults = settings.operations.faults
    if faults is None:
        return
    on_nodes = sorted({"lost-nodes", "spot-interruption"} & set(faults.experiments))
    if on_nodes and settings.training.cluster is None and "experiments" in faults.model_fields_set:
        yield f"operations.faults.experiments has {on_nodes[0]}, and there is no training.cluster with nodes to lose"


def _lock(settings: EstateSettings) -> Iterator[str]:
    backup = settings.operations.backup
    if backup is not None and backup.lock is not None and settings.tier == "sandbox":
        yield "operations.backup.lock is for good: a sandbox with a locked vault could never be taken down"
