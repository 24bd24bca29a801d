"""What differs between two plans of one environment: resources, permissions, policy results, cost."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from estate.plan.cost import CostChange, cost_change
from estate.plan.permissions import Widening, widened

Document = Mapping[str, Any]
Op = Literal["create", "update", "replace", "delete"]
ABSENT = "(absent)"


class PlanFileError(Exception):
    """A file is no plan. Says which, and why."""


@dataclass(frozen=True)
class Edit:
    """One property that differs; `before` and `after` are JSON values, or ABSENT."""

    path: str
    before: Any
    after: Any
    replaces: bool

    def to_json(self) -> dict[str, Any]:
        return {"path": self.path, "before": self.before, "after": self.after, "replaces": self.replaces}


@dataclass(frozen=True)
class Change:
    """What happens to one resource. `because` says why it is replaced, `former` how it was called before."""

    op: Op
    urn: str
    type: str
    name: str
    layer: str
    edits: tuple[Edit, ...] = ()
    because: str = ""
    former: str | None = None
    protected: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "op": self.op,
            "urn": self.urn,
            "type": self.type,
            "name": self.name,
            "layer": self.layer,
            "edits": [edit.to_json() for edit in self.edits],
            "because": self.because,
            "former": self.former,
            "protected": self.protected,
        }


@dataclass(frozen=True)
class Difference:
    """From a base plan to a head plan."""

    environment: str
    changes: tuple[Change, ...]
    renamed: tuple[tuple[str, str], ...]  # old and new URN, of resources that stay what they are
    widened: tuple[Widening, ...]
    violations: tuple[Document, ...]  # of the head plan
    cost: CostChange
    known_violations: frozenset[str] = field(default=frozenset())  # keys of those that the base plan has too

    def of(self, op: Op) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.op == op)

    def is_new(self, violation: Document) -> bool:
        return violation_key(violation) not in self.known_violations

    def to_json(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "changes": [change.to_json() for change in self.changes],
            "renamed": [list(pair) for pair in self.renamed],
            "widened": [widening.to_json() for widening in self.widened],
            "violations": [{**violation, "new": self.is_new(violation)} for violation in self.violations],
            "cost": self.cost.to_json(),
        }


def read_plan(file: Path) -> dict[str, Any]:
    """A plan that `estate plan --json` wrote. Raises PlanFileError."""
    try:
        document = json.loads(file.read_text())
    except OSError as error:
        raise PlanFileError(f"{file}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise PlanFileError(f"{file}: is no JSON: {error}") from None
    resources = document.get("resources") if isinstance(document, dict) else None
    if not isinstance(resources, list) or not all(
        isinstance(each, dict) and isinstance(each.get("inputs"), dict) and {"urn", "type", "name"} <= each.keys()
        for each in resources
    ):
        raise PlanFileError(f"{file}: is no plan; `estate plan --json FILE` writes one")
    return document


def diff(base: Document, head: Document) -> Difference:
    """What `head` changes against `base`; both are plans as JSON."""
    before = {resource["urn"]: resource for resource in base["resources"]}
    after = {resource["urn"]: resource for resource in head["resources"]}
    former = _former(before, after)
    renamed = {old: new for new, old in former.items()}
    changes = [_created(after[urn]) for urn in after if urn not in before and urn not in former]
    changes += [_deleted(before[urn]) for urn in before if urn not in after and urn not in renamed]
    for urn, resource in after.items():
        old = before.get(former.get(urn, urn))
        if old is not None:
            changes += _changed(old, resource, renamed)
    changes = _replaced_along(changes, after)
    return Difference(
        environment=head.get("environment", ""),
        changes=tuple(sorted(changes, key=lambda change: change.urn)),
        renamed=tuple(sorted((old, new) for new, old in former.items())),
        widened=tuple(widened(base["resources"], head["resources"], former)),
        violations=tuple(head.get("violations", ())),
        cost=cost_change(base["resources"], head["resources"], renamed),
        known_violations=frozenset(violation_key(each, renamed) for each in base.get("violations", ())),
    )


def violation_key(violation: Document, renamed: Mapping[str, str] | None = None) -> str:
    urn = violation["urn"]
    return "\x00".join((renamed.get(urn, urn) if renamed else urn, violation["rule"], violation["message"]))


def _former(before: Mapping[str, Document], after: Mapping[str, Document]) -> dict[str, str]:
    """Old URNs by new ones, of resources that name the old one as their alias."""
    found = {}
    for urn, resource in after.items():
        if urn not in before:
            old = next((alias for alias in resource.get("aliases", ()) if alias in before and alias not in after), None)
            if old is not None:
                found[urn] = old
    return found


def _created(resource: Document) -> Change:
    return Change("create", resource["urn"], resource["type"], resource["name"], resource.get("layer", ""))


def _deleted(resource: Document) -> Change:
    kept = "it stays in the cloud" if resource.get("retainOnDelete") else ""
    protected = bool(resource.get("protect"))
    if protected:
        kept = "it is protected: `up` refuses to delete it"
    return Change(
        "delete",
        resource["urn"],
        resource["type"],
        resource["name"],
        resource.get("layer", ""),
        (),
        kept,
        protected=protected,
    )


def _changed(old: Document, new: Document, renamed: Mapping[str, str]) -> Iterator[Change]:
    ignored = {path.partition(".")[0].partition("[")[0] for path in new.get("ignoreChanges", ())}
    fixed = set(new.get("replaceOnChanges", ()))
    before, after = _values(old), _values(new)
    edits = []
    for name in sorted(before.keys() | after.keys()):
        if name in ignored:
            continue
        for path, was, now in _differing(before.get(name, ABSENT), after.get(name, ABSENT), name):
            edits.append(Edit(path, was, now, name in fixed or _is_within(path, fixed, was, now)))
    if bool(old.get("protect")) != bool(new.get("protect")):
        edits.append(Edit("(protect)", bool(old.get("protect")), bool(new.get("protect")), False))
    if _moved_provider(old, new, renamed):
        edits.append(Edit("(provider)", old.get("provider"), new.get("provider"), True))
    if not edits:
        return
    causes = sorted({edit.path for edit in edits if edit.replaces})
    because = f"{', '.join(causes)} cannot change in place" if causes else ""
    yield Change(
        "replace" if causes else "update",
        new["urn"],
        new["type"],
        new["name"],
        new.get("layer", ""),
        tuple(edits),
        because,
        old["urn"] if old["urn"] != new["urn"] else None,
        bool(old.get("protect")) and bool(causes),
    )


def _is_within(path: str, fixed: Set[str], *values: Any) -> bool:
    """Whether a path lies in one that cannot change, such as `desiredState.VpcConfig` or `desiredState.Groups[*].Name`.

    It does too where one of its values has such a one inside.
    """
    plain = re.sub(r"\[\d+\]", "[*]", path)
    nested = [each for each in fixed if "." in each]
    if any(plain == each or plain.startswith((f"{each}.", f"{each}[")) for each in nested):
        return True
    inside = [each.removeprefix(f"{plain}.").split(".") for each in nested if each.startswith(f"{plain}.")]
    return any(_has(value, steps) for value in values for steps in inside)


def _has(value: Any, steps: Sequence[str]) -> bool:
    for step in steps:
        if not isinstance(value, Mapping) or step not in value:
            return False
        value = value[step]
    return True


def _moved_provider(old: Document, new: Document, renamed: Mapping[str, str]) -> bool:
    was, now = old.get("provider"), new.get("provider")
    return "provider" in old and "provider" in new and renamed.get(was, was) != now


def _values(resource: Document) -> Mapping[str, Any]:
    found = resource.get("resolved")
    return found if isinstance(found, Mapping) else resource["inputs"]


def _differing(before: Any, after: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Paths of the innermost values that differ; JSON in texts is looked into."""
    before, after = _opened(before), _opened(after)
    if before == after and isinstance(before, bool) is isinstance(after, bool):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from _differing(before.get(key, ABSENT), after.get(key, ABSENT), f"{path}.{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (was, now) in enumerate(zip(before, after, strict=True)):
            yield from _differing(was, now, f"{path}[{index}]")
    else:
        yield path, before, after


def _opened(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value


def _replaced_along(changes: Sequence[Change], after: Mapping[str, Document]) -> list[Change]:
    """Adds what is replaced because it names, in a create-only input, a resource that is replaced."""
    found = {change.urn: change for change in changes}
    todo = [change.urn for change in changes if change.op == "replace"]
    while todo:
        gone = todo.pop()
        for urn, resource in after.items():
            change = found.get(urn)
            if change is not None and change.op in ("create", "replace"):
                continue
            fixed = set(resource.get("replaceOnChanges", ()))
            names = [
                name
                for name, urns in resource.get("propertyDependencies", {}).items()
                if gone in urns and name in fixed
            ]
            if names:
                because = f"{', '.join(sorted(names))} names {gone.rpartition('::')[2]}, which is replaced"
                edits = change.edits if change is not None else ()
                found[urn] = Change(
                    "replace",
                    urn,
                    resource["type"],
                    resource["name"],
                    resource.get("layer", ""),
                    edits,
                    because,
                    change.former if change is not None else None,
                    bool(resource.get("protect")),
                )
                todo.append(urn)
    return list(found.values())
