"""The list prices: read from the files beside this one when the first is asked for.

All are of us-east-1, in US dollars, on demand, without discounts, free tiers and taxes. A price that no source was
found for is in none of the files, and is never guessed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

REGION = "us-east-1"
HOURS = 730  # of a month, as AWS's pricing calculator counts: 365 days of 24 hours in 12 months
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Price:
    """US dollars per unit; `source` is where the number was read, `date` of which day it is."""

    usd: Decimal
    per: str
    source: str
    date: str

    def to_json(self) -> dict[str, Any]:
        return {"usd": float(self.usd), "per": self.per, "source": self.source, "date": self.date}


def price(key: str) -> Price | None:
    """The price of `ec2:<instance type>`, `sagemaker:<instance type>` or of a service's key; None where unknown."""
    kind, _, instance = key.partition(":")
    match kind:
        case "ec2" if instance:
            return _of_ec2(instance)
        case "sagemaker" if instance:
            return hosting().get(instance)
        case _:
            return services().get(key)


def gpus(instance_type: str) -> int | None:
    """How many GPUs an EC2 instance type has: 0 where it has none, None where the number is not known."""
    family, _, size = instance_type.partition(".")
    known = _ec2()["gpus"].get(family, {}).get(size)
    if known is not None:
        return int(known)
    # g and p are the families with NVIDIA's or AMD's GPUs; not every one's number is published in the list.
    return None if family[:1] in ("g", "p") and family[1:2].isdigit() else 0


def _of_ec2(instance_type: str) -> Price | None:
    book = _ec2()
    family, _, size = instance_type.partition(".")
    usd = book["usd_per_hour"].get(family, {}).get(size)
    return Price(Decimal(usd), "hour", book["source"], book["date"]) if usd is not None else None


@cache
def services() -> Mapping[str, Price]:
    """Prices of everything that is no instance, by key."""
    return {key: _priced(row) for key, row in _read("services.json")["prices"].items()}


@cache
def hosting() -> Mapping[str, Price]:
    """Prices an hour of SageMaker's instances for endpoints, by type (`ml.m5.large`)."""
    return {
        instance: Price(Decimal(usd), "hour", group["source"], group["date"])
        for group in _read("sagemaker.json")["lists"]
        for instance, usd in group["usd_per_hour"].items()
    }


@cache
def _ec2() -> Mapping[str, Any]:
    return _read("ec2.json")


def _priced(row: Mapping[str, Any]) -> Price:
    return Price(Decimal(row["usd"]), row["per"], row["source"], row["date"])


def _read(name: str) -> Any:
    """Numbers as they are written: sums of dollars are exact."""
    return json.loads((HERE / name).read_text(), parse_float=Decimal)
