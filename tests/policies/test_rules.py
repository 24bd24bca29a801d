"""Every rule, on inputs that keep to it and on inputs that do not. The inputs are in `cases/<module>.yaml`.

A case of a rule has `passes`, inputs that keep to it, and `fails`, changes to them that do not, with what is said
then; a change to null leaves an input out. `around` are the other resources of the stack; `hangs` names the resource
that a property is an output of, as the engine knows it; `it` is the resource in question.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from contracts import instances
from policies.rules import RULES, Resource, Rule, StackRule, judge
from policies.rules import models as hosted

CASES: dict[str, dict[str, Any]] = {}
for file in sorted(Path(__file__).parent.glob("cases/*.yaml")):
    CASES.update(YAML(typ="safe", pure=True).load(file))
BY_ID = {rule.id: rule for rule in RULES}
PROTECT = "(protect)"  # stands for the option of that name
DOCUMENTS = ("policy", "assumeRolePolicy", "pipelineDefinition", "desiredState", "resourcePolicy")


def urn(type: str, name: str) -> str:
    return f"urn:pulumi:test::mlops-estate::{type}::{name}"


def resource(type: str, name: str, inputs: dict[str, Any], hangs: dict[str, str], provider: str | None) -> Resource:
    protect = bool(inputs.get(PROTECT))
    texts = {
        k: json.dumps(v) if k in DOCUMENTS and isinstance(v, dict) else v for k, v in inputs.items() if k != PROTECT
    }
    return Resource(
        urn(type, name),
        type,
        name,
        texts,
        property_dependencies={k: (v,) for k, v in hangs.items()},
        provider=provider,
        protect=protect,
    )


def said(rule: Rule | StackRule, case: dict[str, Any], change: dict[str, Any]) -> list[str]:
    """What the rule says of the case's inputs with a change to them."""
    inputs = {k: v for k, v in {**case["passes"], **change}.items() if v is not None}
    type, around = case.get("type", rule.types[0]), case.get("around", [])
    urns = {each["name"]: urn(each["type"], each["name"]) for each in around} | {"it": urn(type, "it")}
    others: list[dict[str, Any]] = [
        {"type": type, "name": "it", "inputs": inputs, "hangs": case.get("hangs", {})},
        *around,
    ]
    found = [
        resource(
            each["type"],
            each["name"],
            each.get("inputs", {}),
            {property: urns[name] for property, name in each.get("hangs", {}).items()},
            urns.get(case.get("provider", "")),
        )
        for each in others
    ]
    verdict = judge(found, [rule])
    assert verdict.doubts == ()
    assert {violation.urn for violation in verdict.violations} <= {found[0].urn}
    return [violation.message for violation in verdict.violations]


FAILURES = [(id, index) for id, case in CASES.items() for index in range(len(case["fails"]))]


def test_every_rule_has_inputs_that_keep_to_it_and_inputs_that_do_not():
    assert {id for id, case in CASES.items() if case["fails"]} == set(BY_ID)


@pytest.mark.parametrize("id", CASES)
def test_nothing_is_said_of_inputs_that_keep_to_the_rule(id):
    for change in [{}, *CASES[id].get("also_passes", [])]:
        assert said(BY_ID[id], CASES[id], change) == []


@pytest.mark.parametrize(("id", "index"), FAILURES, ids=[f"{id}-{index}" for id, index in FAILURES])
def test_a_violation_is_told_in_one_sentence(id, index):
    failure = CASES[id]["fails"][index]
    case = {**CASES[id], **{key: failure[key] for key in ("type", "around", "hangs") if key in failure}}

    assert said(BY_ID[id], case, failure.get("change", {})) == failure["says"]


def test_the_pack_and_the_settings_mean_the_same_instances():
    """The pack imports nothing of ours, so it says again which disks encrypt themselves."""
    assert hosted.OWN_DISK.pattern == instances.LOCAL_STORAGE.pattern
