"""Every resource's inputs against what AWS, Kubernetes and the SDK publish, without a cloud.

An input is one value of an API call's parameters (of the resource's own inputs, where no call is known). It is checked
where an enum, a pattern, a length, a range or another rule is published about it; where nothing is, it is counted as
not checkable, with the reason.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, Protocol

from estate.engine.resource import Asset, Goal, Secret
from estate.engine.values import unwrap
from estate.plan import desired, documents, kubernetes, rules, schemas, shapes
from estate.plan.beside import beside
from estate.plan.fault import Fault, Leaf, shown
from estate.plan.properties import misspelt

FREE = "nothing is published about the value"
CUSTOM = "a custom Kubernetes kind, or a chart, of which no schema is at hand"
NO_KUBERNETES = "kubernetes-validate is not installed"
MANY = 200  # resources: two processes look at more of them, and a copy of one costs more than to look at fewer
KUBERNETES = "1.35"


class Call(Protocol):
    """A boto3 call: the service, botocore's operation name, and its parameters."""

    @property
    def service(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def params(self) -> Mapping[str, Any]: ...


Calls = Callable[[Goal], Sequence[Call]]


@dataclass(frozen=True)
class Checked:
    """How many inputs were checked, how many could not be and why, and what is wrong."""

    inputs: int = 0
    not_checkable: Mapping[str, int] = field(default_factory=dict)  # by reason
    faults: tuple[Fault, ...] = ()

    @property
    def unchecked(self) -> int:
        return sum(self.not_checkable.values())

    def to_json(self) -> dict[str, Any]:
        return {"inputs": self.inputs, "not_checkable": self.unchecked, "reasons": dict(self.not_checkable)}


def api_calls(goal: Goal) -> Sequence[Call]:
    """The calls that would create the resource. Raises UnknownType and UnmappedInput."""
    from estate.cloud.resources import calls

    return calls(goal)


def check(
    goals: Iterable[Goal],
    *,
    ids: Mapping[str, str] | None = None,
    region: str = "us-east-1",
    kubernetes_version: str | None = None,
    calls: Calls = api_calls,
) -> Checked:
    """Checks goals whose inputs are known. `ids` are the resources' ids by URN, to tell which refer to which.

    The Kubernetes version is by default that of the one cluster among the goals.
    """
    goals = list(goals)
    version = kubernetes_version if kubernetes_version is not None else _cluster_version(goals)
    half = len(goals) // 2 if len(goals) > MANY else len(goals)
    with beside(lambda: _looked(goals[half:], region, version, calls)) as rest:
        first = _looked(goals[:half], region, version, calls)
        second = rest()
    across = (
        Fault(goal.urn, goal.type, leaf.path, shown(leaf.value), leaf.allowed or "", "Amazon VPC")
        for goal, leaf in rules.subnets(goals, ids or {})
    )
    return Checked(
        first.inputs + second.inputs,
        dict(sorted((Counter(first.not_checkable) + Counter(second.not_checkable)).items())),
        tuple(dict.fromkeys((*first.faults, *second.faults, *across))),
    )


def _looked(goals: Sequence[Goal], region: str, version: str, calls: Calls) -> Checked:
    """Each resource by itself."""
    checked = 0
    reasons: Counter[str] = Counter()
    faults: dict[Fault, None] = {}
    for goal in goals:
        if not goal.custom or goal.type.startswith("pulumi:") or goal.external_id is not None:
            continue
        found = _Look(replace(goal, inputs=unwrap(goal.inputs)), _hidden(goal.inputs), region, version, calls)
        found.run()
        checked += found.checked
        reasons += found.reasons
        faults |= dict.fromkeys(found.faults)
    return Checked(checked, reasons, tuple(faults))


def _cluster_version(goals: Sequence[Goal]) -> str:
    versions = [goal.inputs.get("version") for goal in goals if goal.type == "aws:eks/cluster:Cluster"]
    return next((str(version) for version in versions if version), KUBERNETES)


class _Look:
    """The checks of one resource."""

    def __init__(self, goal: Goal, hidden: frozenset[str], region: str, version: str, calls: Calls) -> None:
        self.goal, self.hidden, self.region, self.version, self.calls = goal, hidden, region, version, calls
        self.checked = 0
        self.reasons: Counter[str] = Counter()
        self.faults: list[Fault] = []

    def run(self) -> None:
        for key in misspelt(self.goal.type, self.goal.inputs):
            self.fault(Leaf(key.path, key.path.rpartition(".")[2], True, key.allowed), "the SDK's types")
        if self.goal.type.startswith("kubernetes:"):
            self.kubernetes()
        elif self.goal.type.startswith("aws:"):
            self.aws()
        else:
            self.count_inputs(f"no published constraints are at hand for {self.goal.type.partition(':')[0]}")

    def kubernetes(self) -> None:
        if not kubernetes.is_installed():
            self.count_inputs(NO_KUBERNETES)
            return
        for leaf in kubernetes.leaves(self.goal.inputs, self.version):
            if leaf.allowed is not None:
                self.fault(leaf, f"Kubernetes {self.version}")
            elif leaf.bound:
                self.checked += 1
            else:
                self.reasons[CUSTOM] += 1

    def aws(self) -> None:
        if self.goal.type == desired.TYPE:
            self.declared()
            return
        own = [*documents.leaves(self.goal.type, self.goal.inputs), *rules.leaves(self.goal.type, self.goal.inputs)]
        for leaf in own:
            if leaf.allowed is not None:
                self.fault(leaf, "AWS user guides")
        ruled = {str(leaf.value) for leaf in own if leaf.bound}
        for number, call in enumerate(self.known_calls(bound=sum(leaf.bound for leaf in own))):
            # The schema is of the thing itself: of the creating call, and of none that follows it.
            self.call(call, {} if number else self.schema_leaves(call.params), ruled)

    def declared(self) -> None:
        """What Cloud Control is to make, by the schema of the type that it is."""
        type, text = str(self.goal.inputs.get("typeName")), str(self.goal.inputs.get(desired.INPUT))
        for leaf in desired.leaves(type, text, self.region):
            if leaf.allowed is not None:
                self.fault(leaf, type)
            self.checked += 1

    def known_calls(self, bound: int) -> Sequence[Call]:
        try:
            return self.calls(self.goal)
        except Exception as error:
            kind = type(error).__name__
            if kind not in ("UnknownType", "UnmappedInput"):
                raise
            self.checked += bound
            reason = "no API calls are known" if kind == "UnknownType" else "an input has no place in the API's calls"
            self.count_inputs(f"{self.goal.type}: {reason}", but=bound)
            return ()

    def call(self, call: Call, by_schema: Mapping[str, Leaf], ruled: set[str]) -> None:
        """Shapes first; the schema, which knows fewer values than the API, speaks where the shapes list none."""
        source = f"{call.service} {call.operation}"
        for leaf in shapes.leaves(call.params, _input_shape(call)):
            second = by_schema.get(leaf.path) if not leaf.listed else None
            if leaf.allowed is None and second is not None and second.allowed is not None:
                self.fault(second, schemas.cloudformation_type(self.goal.type))
            elif leaf.allowed is not None:
                self.fault(leaf, source)
            if leaf.bound or second is not None or str(leaf.value) in ruled:
                self.checked += 1
            else:
                self.reasons[FREE] += 1

    def schema_leaves(self, params: Mapping[str, Any]) -> Mapping[str, Leaf]:
        schema = schemas.schema(schemas.cloudformation_type(self.goal.type), self.region)
        return {leaf.path: leaf for leaf in schemas.leaves(params, schema)} if schema is not None else {}

    def count_inputs(self, reason: str, but: int = 0) -> None:
        """All inputs are not checkable, for one reason."""
        count = sum(1 for _ in rules.flat(self.goal.inputs)) - but
        if count > 0:
            self.reasons[reason] += count

    def fault(self, leaf: Leaf, source: str) -> None:
        value = "[secret]" if self.is_hidden(leaf.value) else shown(leaf.value)
        self.faults.append(Fault(self.goal.urn, self.goal.type, self.own_path(leaf), value, leaf.allowed or "", source))

    def is_hidden(self, value: Any) -> bool:
        return any(str(inner) in self.hidden for _, inner in rules.flat(value))

    def own_path(self, leaf: Leaf) -> str:
        """Where the program wrote the value: the input that has it, of several the one with the most similar name."""
        if leaf.value is None:
            return leaf.path
        same = [path for path, value in rules.flat(self.goal.inputs) if str(value) == str(leaf.value)]
        if leaf.path in same:
            return leaf.path
        wanted = _flat_name(leaf.path)
        near = {path: SequenceMatcher(None, _flat_name(path), wanted).ratio() for path in same}
        best = max(near, key=lambda path: near[path], default=leaf.path)
        # A short value may be another input's by chance.
        telling = len(str(leaf.value)) > 3 or wanted.endswith(_flat_name(best))
        return best if telling or near.get(best, 0) > 0.45 else leaf.path


def _flat_name(path: str) -> str:
    return "".join(letter for letter in path if letter.isalnum()).lower()


def _input_shape(call: Call) -> Any:
    from estate.cloud.models import input_shape

    return input_shape(call.service, call.operation)


def _hidden(value: Any) -> frozenset[str]:
    """Texts of the secrets inside a value."""
    if isinstance(value, Secret):
        texts = (str(inner) for _, inner in rules.flat(unwrap(value)) if not isinstance(inner, Asset))
        return frozenset(text for text in texts if text)
    if isinstance(value, Mapping):
        return frozenset().union(*map(_hidden, value.values()))
    if isinstance(value, list):
        return frozenset().union(*map(_hidden, value))
    return frozenset()
