"""The price lists and the table of types: dated, sourced, and of types that exist."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pulumi_aws
import pytest

from estate.plan.cost import NO_ROW, cost_of
from estate.plan.prices import book
from estate.plan.prices.table import BY_USE, STANDING, free_types
from tests.plans import previewed

SDK = Path(pulumi_aws.__file__).parent
PRICES = [*book.services().items(), *book.hosting().items()]


@pytest.mark.parametrize(
    ("key", "usd"),
    [
        ("ec2:t3.large", "0.0832"),
        ("ec2:p5.48xlarge", "55.04"),
        ("sagemaker:ml.m5.large", "0.115"),
        ("sagemaker:ml.g5.2xlarge", "1.515"),
        ("kms-key", "1.00"),
    ],
)
def test_a_price_is_as_it_was_published(key, usd):
    found = book.price(key)
    assert found is not None
    assert found.usd == Decimal(usd)


@pytest.mark.parametrize("key", ["ec2:x99.large", "ec2:large", "sagemaker:ml.x99.large", "gold"])
def test_a_price_without_a_source_is_none(key):
    assert book.price(key) is None


@pytest.mark.parametrize(
    ("instance", "count"),
    [("g5.xlarge", 1), ("p5.48xlarge", 8), ("m5.large", 0), ("g4ad.xlarge", None), ("p3.2xlarge", None)],
)
def test_gpus_are_counted_where_the_number_is_published(instance, count):
    assert book.gpus(instance) == count


@pytest.mark.parametrize(("key", "price"), PRICES, ids=[key for key, _ in PRICES])
def test_every_price_is_positive_dated_and_sourced(key, price):
    assert price.usd > 0
    assert price.source.startswith("https://")
    assert date(2023, 1, 1) < date.fromisoformat(price.date)


def test_the_ec2_list_is_whole():
    ec2 = json.loads((book.HERE / "ec2.json").read_text())
    assert sum(len(sizes) for sizes in ec2["usd_per_hour"].values()) == 1361
    assert ec2["region"] == book.REGION


def test_the_table_has_only_types_of_the_sdk():
    def written_in(type: str) -> bool:
        module, _, name = type.split(":")[1].partition("/")
        snake = re.sub(r"(?<=[a-z0-9])([A-Z])|(?<=[A-Z])([A-Z])(?=[a-z])", r"_\1\2", name).lower()
        file = SDK / {"lambda": "lambda_"}.get(module, module) / f"{snake}.py"
        return file.is_file() and f"'{type}'" in file.read_text()

    types = {*STANDING, *BY_USE, *free_types()}
    assert not sorted(type for type in types if type.startswith("aws:") and not written_in(type))


def test_a_type_is_free_or_billed_and_not_both():
    assert not free_types() & {*STANDING, *BY_USE}


def test_every_type_of_the_fullest_estate_has_a_row():
    documents = [
        {"urn": goal.urn, "type": goal.type, "name": goal.name, "inputs": {}} for goal in previewed("full").goals
    ]
    without = sorted({line.type for line in cost_of(documents).lines if NO_ROW in line.gaps})

    assert not without, f"no row in estate/plan/prices/table.py: {', '.join(without)}"
