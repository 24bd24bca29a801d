"""What teams may take of the cluster's GPUs: settings of queues, checked against what there is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from components.base import Args

TeamName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,28}[a-z0-9]$")]
PriorityName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,28}[a-z0-9]$")]
FlavorName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,20}$")]
TAKEN = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
# Of operators and hosts, each with the standard and the doors that it needs.
OURS = frozenset({"amazon-cloudwatch", "gpu-operator", "kubeflow-system", "kueue-system", "models", "observability"})


class Reclaim(StrEnum):
    """Whose jobs a team may push out to get back GPUs of its own that others have borrowed."""

    NEVER = "never"
    LOWER_PRIORITY = "lower-priority"
    ANY = "any"


class Quota(Args):
    """GPUs of one kind of node."""

    gpus: int = Field(ge=0, description="GPUs that are the team's own.")
    borrow: int | None = Field(
        default=None,
        ge=0,
        description="GPUs at most that it may borrow while others leave theirs idle; all by default.",
    )
    lend: int | None = Field(
        default=None, ge=0, description="GPUs at most of its own that others may borrow; all by default."
    )

    @model_validator(mode="after")
    def _lends_its_own(self) -> Self:
        if self.lend is not None and self.lend > self.gpus:
            raise ValueError(f"lend {self.lend} is above gpus {self.gpus}: nobody lends more than they have")
        return self


class Team(Args):
    """A team: a namespace of its own name, a queue in it, and what it may take."""

    quotas: dict[FlavorName, Quota] = Field(
        min_length=1, description="Its GPUs by node group or pool; jobs take the first that has room."
    )
    reclaim: Reclaim = Field(default=Reclaim.ANY, description="Whose jobs it may push out to get back its own GPUs.")
    weight: int = Field(default=1, ge=1, le=1000, description="Its share of what is left, beside other teams' weights.")


class Queues(Args):
    """Kueue: jobs wait until there are GPUs for all of their pods."""

    teams: dict[TeamName, Team] = Field(min_length=1, description="Teams by name, which is their namespace's too.")
    priorities: dict[PriorityName, Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]] = Field(
        default={"urgent": 1000, "normal": 100, "idle": 0},
        min_length=1,
        description="Priorities of jobs by name; the higher goes first, and pushes lower ones of its team out.",
    )
    strict: bool = Field(
        default=True,
        description="Jobs in teams' namespaces that name no queue wait for ever, so that none goes around.",
    )

    @model_validator(mode="after")
    def _namespaces_are_free(self) -> Self:
        for team in sorted(self.teams.keys() & TAKEN):
            raise ValueError(f"teams.{team}: the namespace is Kubernetes' own; name the team otherwise")
        for team in sorted(self.teams.keys() & OURS):
            raise ValueError(
                f"teams.{team}: the cluster's own operators or hosts have this namespace; name it otherwise"
            )
        return self


def check(queues: Queues, gpus: Mapping[str, int]) -> None:
    """Raises ValueError where teams are promised what the cluster has not. `gpus` is the most by node group or pool."""
    for name, team in queues.teams.items():
        for flavor, quota in team.quotas.items():
            where = f"queues.teams.{name}.quotas.{flavor}"
            if flavor not in gpus:
                raise ValueError(f"{where}: there is no such node group or pool; there are {', '.join(sorted(gpus))}")
            others = sum(
                other.quotas[flavor].gpus
                for key, other in queues.teams.items()
                if key != name and flavor in other.quotas
            )
            if quota.borrow is not None and quota.borrow > others:
                raise ValueError(
                    f"{where}.borrow is {quota.borrow}, and the other teams have {others} GPUs of {flavor}"
                )
    for flavor, most in sorted(gpus.items()):
        promised = {name: team.quotas[flavor].gpus for name, team in queues.teams.items() if flavor in team.quotas}
        if sum(promised.values()) > most:
            by_team = ", ".join(f"{name} {count}" for name, count in sorted(promised.items()))
            raise ValueError(
                f"queues: {sum(promised.values())} GPUs of {flavor} are promised ({by_team}), and it has {most} at most"
            )
