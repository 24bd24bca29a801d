"""What a resource's price is made of: charges that run while nobody uses it, and gaps where no price is known."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from estate.plan.prices.book import HOURS, Price, price

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Charge:
    """`quantity` units of `what` at `price`, all month."""

    what: str
    quantity: Decimal
    price: Price

    @property
    def monthly(self) -> Decimal:
        """US dollars a month."""
        hours = HOURS if self.price.per.startswith("hour") else 1
        return self.quantity * self.price.usd * hours

    def to_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "quantity": float(self.quantity),
            "price": self.price.to_json(),
            "monthly": cents(self.monthly),
        }


@dataclass(frozen=True)
class Gap:
    """Something that is billed, and for which no number can be said."""

    why: str


Part = Charge | Gap


def cents(usd: Decimal) -> float:
    return float(round(usd, 2))


def charge(key: str, what: str, count: Decimal | int = 1) -> Part:
    """`count` times the price of `key`; a gap where no source of the price is known."""
    found = price(key)
    if found is None:
        return Gap(f"no price is known of {what}")
    return Charge(what, Decimal(count), found)


def number(value: Any) -> Decimal | None:
    """A number, also as text; None for whatever else, among it what is known only after deployment."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


@dataclass(frozen=True)
class Resource:
    """One resource of a plan's document."""

    document: Document

    @property
    def urn(self) -> str:
        return self.document["urn"]

    @property
    def type(self) -> str:
        return self.document["type"]

    @property
    def name(self) -> str:
        return self.document["name"]

    @property
    def layer(self) -> str:
        return self.document.get("layer", "")

    @property
    def inputs(self) -> Document:
        """With every output known, where the plan has them."""
        resolved = self.document.get("resolved")
        return resolved if isinstance(resolved, Mapping) else self.document["inputs"]

    def block(self, name: str) -> Document:
        """An object among the inputs; empty where there is none."""
        found = self.inputs.get(name)
        return found if isinstance(found, Mapping) else {}

    def blocks(self, name: str) -> Iterator[Document]:
        """The objects of a list among the inputs."""
        found = self.inputs.get(name)
        yield from (each for each in found if isinstance(each, Mapping)) if isinstance(found, list) else ()


@dataclass(frozen=True)
class Resources:
    """All of a plan, to find what one resource names of another."""

    documents: Sequence[Document]

    def __iter__(self) -> Iterator[Resource]:
        return (Resource(document) for document in self.documents)

    def named_in(self, resource: Resource, name: str, type: str) -> Resource | None:
        """The resource of `type` that the input `name` refers to."""
        urns = resource.document.get("propertyDependencies", {}).get(name, ())
        found = (self._by_urn[urn] for urn in urns if urn in self._by_urn)
        return next((each for each in found if each.type == type), None)

    def smallest(self, resource_id: str) -> Decimal | None:
        """The fewest instances that Application Auto Scaling leaves of a resource."""
        return self._smallest.get(resource_id)

    @cached_property
    def _by_urn(self) -> Mapping[str, Resource]:
        return {resource.urn: resource for resource in self}

    @cached_property
    def _smallest(self) -> Mapping[str, Decimal]:
        found: dict[str, Decimal] = {}
        for resource in self:
            least = number(resource.inputs.get("minCapacity"))
            if resource.type == "aws:appautoscaling/target:Target" and least is not None:
                found[str(resource.inputs.get("resourceId"))] = least
        return found
