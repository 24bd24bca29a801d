"""A file of Prometheus' rules: groups of recording and alerting rules, as the YAML that every Prometheus reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from components.signals import SEVERITIES, Signal


@dataclass(frozen=True)
class Recording:
    """A series that is computed once, so that alerts, dashboards and people all see the same number."""

    record: str
    expr: str
    labels: tuple[tuple[str, str], ...] = ()

    def to_yaml(self) -> dict[str, object]:
        made: dict[str, object] = {"record": self.record, "expr": self.expr}
        return {**made, "labels": dict(self.labels)} if self.labels else made


@dataclass(frozen=True)
class Alert:
    """An alert on a signal; its labels say what CloudWatch's alarms say by their names.

    `subject` may be a template over the alert's labels, such as `{{ $labels.Hostname }}`.
    """

    name: str
    signal: Signal
    subject: str
    expr: str
    lasting: str  # how long it must hold, such as `10m`
    says: str
    labels: tuple[tuple[str, str], ...] = ()

    def to_yaml(self) -> dict[str, object]:
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": self.lasting,
            "labels": {
                "signal": self.signal.value,
                "severity": SEVERITIES[self.signal].value,
                "subject": self.subject,
                **dict(self.labels),
            },
            "annotations": {"summary": self.says},
        }


@dataclass(frozen=True)
class Group:
    """Rules that are evaluated together, in this order."""

    name: str
    rules: Sequence[Recording | Alert] = field(default=())

    def to_yaml(self) -> dict[str, object]:
        return {"name": self.name, "interval": "60s", "rules": [rule.to_yaml() for rule in self.rules]}


def rules_file(groups: Sequence[Group]) -> str:
    """The file. The same groups give the same bytes."""
    import yaml  # only where there is a workspace

    document = {"groups": [group.to_yaml() for group in groups if group.rules]}
    return yaml.safe_dump(document, sort_keys=False, width=10_000, allow_unicode=True)
