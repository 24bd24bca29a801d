"""The life of an estate, in order."""

from collections.abc import Callable
from dataclasses import dataclass

from estate.rehearsal.context import Rehearsal
from estate.rehearsal.stage import Evidence
from estate.rehearsal.stages import learning, operating, provisioning, release, rollouts, watching


@dataclass(frozen=True)
class Stage:
    name: str
    run: Callable[[Rehearsal], Evidence]


STAGES = (
    Stage("plan", provisioning.plan),
    Stage("policies", provisioning.policies),
    Stage("provision", provisioning.provision),
    Stage("data", learning.data),
    Stage("features", learning.features),
    Stage("train", learning.train),
    Stage("register", learning.register),
    Stage("approve", release.approve),
    Stage("deploy", release.deploy),
    Stage("predict", release.predict),
    Stage("monitor", watching.monitor),
    Stage("drift", watching.drift),
    Stage("retrain", watching.retrain),
    Stage("canary", rollouts.canary),
    Stage("rollback", rollouts.rollback),
    Stage("incident", operating.incident),
)

DESTROY = Stage("destroy", provisioning.destroy)
