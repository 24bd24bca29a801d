"""Records of operations: what handlers write, and people, commands and the report page read.

Handlers stand on the standard library and write these as JSON; whoever reads them does so through these models, which
refuse what a handler may not write. All times are ISO 8601 in UTC.
"""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Alert(Record):
    """One thing that went off."""

    id: str = Field(description="The same for the same event, however often it is delivered.")
    at: AwareDatetime
    name: str = Field(description="Name of the alarm, rule or job that speaks.")
    signal: str = Field(description="What it is about, such as `errors` or `drift`.")
    subject: str = Field(description="Model, handler or pipeline that it is about.")
    severity: str = Field(description="`page` or `ticket`.")
    reason: str


class Change(Record):
    """What somebody or something changed shortly before."""

    at: AwareDatetime
    kind: str = Field(description="`deployment`, `pipeline`, `configuration`, `data`, ...")
    subject: str = Field(description="URN or name of what changed.")
    what: str


class Suspect(Record):
    """A possible cause; the list is ranked, the likeliest first."""

    subject: str = Field(description="URN or name of the resource, release, job or data set.")
    score: float = Field(ge=0, le=1)
    reasons: tuple[str, ...] = Field(min_length=1)


class ActionStatus(StrEnum):
    DONE = "done"
    DRY_RUN = "dry-run"
    REFUSED = "refused"  # by the kill switch, a rate limit or the blast radius
    FAILED = "failed"


class Action(Record):
    """What self-healing did, or would not do."""

    at: AwareDatetime
    kind: str = Field(description="`rollback`, `restart`, `scale-out`, `retrain`, `quarantine`.")
    target: str
    status: ActionStatus
    reason: str


class Entry(Record):
    """A line of the timeline."""

    at: AwareDatetime
    what: str


class Context(Record):
    """What somebody who is woken needs to know."""

    changes: tuple[Change, ...] = ()
    path: tuple[str, ...] = Field(default=(), description="URNs from the alarm's subject along its dependencies.")
    logs: tuple[str, ...] = ()
    metrics: dict[str, tuple[tuple[AwareDatetime, float], ...]] = Field(default={}, description="Points, by metric.")
    runbook: str | None = Field(default=None, description="Name of the suggested SSM document.")


class IncidentStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Incident(Record):
    """One incident: all alerts of one cause, from the first of them until it is closed."""

    id: str
    environment: str
    title: str
    severity: str
    status: IncidentStatus
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    subjects: tuple[str, ...] = Field(min_length=1, description="Models, handlers and pipelines that it touches.")
    alerts: tuple[Alert, ...] = Field(min_length=1)
    context: Context = Context()
    suspects: tuple[Suspect, ...] = ()
    actions: tuple[Action, ...] = ()
    timeline: tuple[Entry, ...] = ()
    summary: str | None = Field(default=None, description="Written when it is closed.")
    post_mortem: str | None = Field(default=None, description="A draft in Markdown, written when it is closed.")


class Changed(Record):
    """A resource that a deployment created, updated or deleted."""

    urn: str
    op: str = Field(description="`create`, `update`, `delete`.")
    inputs: tuple[str, ...] = Field(default=(), description="Inputs that differ, of an update.")
    needs: tuple[str, ...] = Field(default=(), description="What it depended on and is still there, of a delete.")


class Deployment(Record):
    """What `estate record` writes after each deployment."""

    id: str
    at: AwareDatetime
    environment: str
    commit: str = Field(default="", description="The program's version; empty where it is not known.")
    releases: dict[str, tuple[str, str]] = Field(default={}, description="Versions before and after, by model.")
    changed: tuple[Changed, ...] = ()
    resources: int = Field(ge=0, description="How many the estate has.")
