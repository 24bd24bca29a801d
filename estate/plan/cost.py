"""What an estate costs by list prices: while nobody uses it, for a GPU's hour, and what a change adds.

Prices are put on plans as JSON, so that a base plan is priced as the head is: a difference is that of the estates,
and never of two price lists.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from estate.plan.prices.book import HOURS, REGION
from estate.plan.prices.compute import NODE_GROUP, NodeGroup, node_group
from estate.plan.prices.parts import Charge, Document, Gap, Part, Resource, Resources, cents, number
from estate.plan.prices.table import BY_USE, STANDING, UNBILLED, is_free

Kind = Literal["standing", "use", "free", "unknown"]
OWN = ("aws:", "kubernetes:", "pulumi:providers:")
NO_ROW = "how it is billed is not known"
BUDGET = "aws:budgets/budget:Budget"


@dataclass(frozen=True)
class Line:
    """One resource. What of its price is not known is in `gaps`; `use` says what is billed by use."""

    urn: str
    type: str
    name: str
    layer: str
    charges: tuple[Charge, ...] = ()
    gaps: tuple[str, ...] = ()
    use: str = ""

    @property
    def monthly(self) -> Decimal:
        """US dollars a month, of what has a known price."""
        return sum((charge.monthly for charge in self.charges), Decimal(0))

    @property
    def kind(self) -> Kind:
        """The first that fits: a gap, a price for being there, one for use."""
        if self.gaps:
            return "unknown"
        if self.monthly:
            return "standing"
        return "use" if self.use else "free"

    def to_json(self) -> dict[str, Any]:
        return {
            "urn": self.urn,
            "type": self.type,
            "name": self.name,
            "layer": self.layer,
            "monthly": cents(self.monthly),
            "charges": [charge.to_json() for charge in self.charges],
            "unknown": list(self.gaps),
            "by_use": self.use,
        }


@dataclass(frozen=True)
class Cost:
    """`region` is the estate's own; the prices are those of us-east-1 everywhere."""

    region: str
    lines: tuple[Line, ...]
    node_groups: tuple[NodeGroup, ...]
    warnings: tuple[str, ...] = ()

    @property
    def idle(self) -> Decimal:
        """US dollars a month while nobody uses the estate, of what has a known price."""
        return sum((line.monthly for line in self.lines), Decimal(0))

    @property
    def elsewhere(self) -> bool:
        """Whether the estate's own prices are others than those shown."""
        return self.region != REGION

    @property
    def dates(self) -> tuple[str, str]:
        """Of which days the prices are: the oldest and the newest one; empty text where none is used."""
        found = sorted(charge.price.date for line in self.lines for charge in line.charges)
        return (found[0], found[-1]) if found else ("", "")

    @cached_property
    def by_layer(self) -> Mapping[str, Decimal]:
        """In the order of the price, the most first; layers that cost nothing are there too."""
        found: dict[str, Decimal] = {}
        for line in self.lines:
            found[line.layer] = found.get(line.layer, Decimal(0)) + line.monthly
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def of(self, kind: Kind) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.kind == kind)

    @cached_property
    def unknown(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """Names of resources by type and by what is not known of their price."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for line in self.lines:
            for why in line.gaps:
                found[line.type, why] = (*found.get((line.type, why), ()), line.name)
        return found

    def to_json(self) -> dict[str, Any]:
        return {
            "currency": "USD",
            "prices_of": REGION,
            "prices_dated": list(self.dates),
            "region": self.region,
            "hours_per_month": HOURS,
            "idle_monthly": cents(self.idle),
            "by_layer": {layer: cents(usd) for layer, usd in self.by_layer.items()},
            "resources": [line.to_json() for line in self.lines if line.charges or line.gaps],
            "by_use": {line.type: line.use for line in self.lines if line.use},
            "free": len(self.of("free")),
            "node_groups": [group.to_json() for group in self.node_groups],
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class Step:
    """One resource's price before and after; a resource that is not there costs nothing. `gaps` are those of after."""

    name: str
    type: str
    before: Decimal
    after: Decimal
    gaps: tuple[str, ...] = ()

    @property
    def monthly(self) -> Decimal:
        return self.after - self.before

    @property
    def said(self) -> str:
        """US dollars a month with their sign; a question mark where only something unknown is added."""
        return f"{self.monthly:+,.2f}" if self.monthly else "+?"

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": self.type,
            "before": cents(self.before),
            "after": cents(self.after),
            "monthly": cents(self.monthly),
            "unknown": list(self.gaps),
        }


@dataclass(frozen=True)
class CostChange:
    """US dollars a month, idle; `steps` has what changes in price, the most first, and what is new without one."""

    before: Decimal
    after: Decimal
    steps: tuple[Step, ...]

    @property
    def monthly(self) -> Decimal:
        return self.after - self.before

    def to_json(self) -> dict[str, Any]:
        return {
            "before": cents(self.before),
            "after": cents(self.after),
            "monthly": cents(self.monthly),
            "resources": [step.to_json() for step in self.steps],
        }


def cost_of(documents: Sequence[Document]) -> Cost:
    """What the resources of a plan cost; components cost nothing themselves and are left out."""
    resources = Resources(documents)
    lines = [_line(each, resources) for each in resources if _is_real(each)]
    groups = [node_group(each, resources) for each in resources if each.type == NODE_GROUP]
    cost = Cost(_region(resources), tuple(lines), tuple(groups))
    return Cost(cost.region, cost.lines, cost.node_groups, tuple(_low_budgets(resources, cost.idle)))


def cost_change(base: Sequence[Document], head: Sequence[Document], renamed: Mapping[str, str]) -> CostChange:
    """What `head` costs more than `base`. `renamed` has new URNs by old ones."""
    old, new = cost_of(base), cost_of(head)
    before = {renamed.get(line.urn, line.urn): line for line in old.lines}
    after = {line.urn: line for line in new.lines}
    steps = []
    for urn in {**before, **after}:
        was, now = before.get(urn), after.get(urn)
        known = now or was
        gaps = now.gaps if now is not None else ()
        new_gaps = tuple(gap for gap in gaps if was is None or gap not in was.gaps)
        costs = (was.monthly if was is not None else Decimal(0), now.monthly if now is not None else Decimal(0))
        if known is not None and (costs[0] != costs[1] or new_gaps):
            steps.append(Step(known.name, known.type, *costs, new_gaps))
    return CostChange(old.idle, new.idle, tuple(sorted(steps, key=lambda step: (-abs(step.monthly), step.name))))


def _is_real(resource: Resource) -> bool:
    """Whether a provider makes it; a component is made of others and has none."""
    return resource.type.startswith(OWN) or resource.document.get("provider") is not None


def _line(resource: Resource, resources: Resources) -> Line:
    parts: list[Part] = []
    reader = STANDING.get(resource.type)
    if reader is not None:
        parts += reader(resource, resources)
    elif resource.type not in BY_USE and not is_free(resource.type):
        parts.append(Gap(NO_ROW))
    return Line(
        resource.urn,
        resource.type,
        resource.name,
        resource.layer,
        tuple(part for part in parts if isinstance(part, Charge)),
        tuple(part.why for part in parts if isinstance(part, Gap)),
        _use(resource),
    )


def _use(resource: Resource) -> str:
    name, values = UNBILLED.get(resource.type, ("", ()))
    return "" if name and resource.inputs.get(name) in values else BY_USE.get(resource.type, "")


def _region(resources: Resources) -> str:
    for resource in resources:
        if resource.type == "pulumi:providers:aws":
            return str(resource.inputs.get("region") or REGION)
    return REGION


def _low_budgets(resources: Resources, idle: Decimal) -> list[str]:
    """Budgets that are spent before anybody uses the estate."""
    found = []
    for resource in resources:
        limit = number(resource.inputs.get("limitAmount")) if resource.type == BUDGET else None
        monthly = resource.inputs.get("timeUnit") == "MONTHLY" and resource.inputs.get("budgetType") == "COST"
        if limit is not None and monthly and limit < idle:
            found.append(
                f"the budget {resource.name} of {limit:,.0f} USD a month is below the idle cost, {idle:,.2f} USD"
            )
    return found


def kinds(lines: Sequence[Line]) -> Mapping[str, int]:
    """How many resources of each type there are, the most first."""
    return dict(Counter(line.type for line in lines).most_common())
