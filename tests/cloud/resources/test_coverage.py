"""The committed table of fidelities is what a measurement gives."""

import json
from pathlib import Path

import pytest

from estate.cloud.coverage import FILE, ROOT, STACK, measure, table, text
from tests.plans import previewed


def test_the_table_is_what_is_measured(tmp_path: Path) -> None:
    """Everything on: created, read back input by input, removed. `python -m estate.cloud.coverage` writes it anew."""
    assert text(measure(ROOT, STACK, tmp_path)) == FILE.read_text()


@pytest.mark.parametrize("stack", ["dev", "staging", "prod", "full"])
def test_every_type_that_the_program_uses_is_listed(stack: str) -> None:
    used = {goal.type for goal in previewed(stack).goals if goal.custom and not goal.type.startswith("pulumi:")}
    assert used - {entry["type"] for entry in table()} == set()


def test_every_entry_says_how_far_it_goes() -> None:
    for entry in table():
        assert entry["fidelity"] in ("emulated", "partial", "recorded")
        assert (entry["fidelity"] == "emulated") == ("lost" not in entry and "reason" not in entry), entry["type"]


def test_nothing_but_kubernetes_and_a_repositorys_pushes_is_only_recorded() -> None:
    recorded = {entry["type"] for entry in table() if entry["fidelity"] == "recorded"}
    assert {type for type in recorded if not type.startswith("kubernetes:")} == {"aws:codebuild/webhook:Webhook"}


def test_the_file_is_sorted_by_type() -> None:
    types = [entry["type"] for entry in json.loads(FILE.read_text())]
    assert types == sorted(types)
