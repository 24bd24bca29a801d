"""`full` broken in one place for every rule: exactly the rules that are meant to speak of it do.

A mutation is in `mutations/<module of the rule>.py`. A rule without one fails here, and so does one that stays silent,
or a rule that speaks beside it without having been declared.
"""

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from estate.engine.program import up
from estate.engine.sdk import is_tagged
from estate.engine.values import unwrap
from estate.plan.plan import as_given
from estate.plan.standin import StandInProvider
from policies.rules import RULES, Resource, Rule, StackRule, Verdict, judge
from policies.rules.tags import TAGGABLE
from tests.policies.mutations import mutations
from tests.policies.mutations.kit import PROTECT, Mutation

ROOT = Path(__file__).resolve().parents[2]
MUTATIONS = mutations()
SINGLE = [rule for rule in RULES if isinstance(rule, Rule)]
WHOLE = [rule for rule in RULES if isinstance(rule, StackRule)]
Said = frozenset[tuple[str, str, str]]  # rule, URN, message


@pytest.fixture(scope="session")
def full() -> Sequence[Resource]:
    """What `full` consists of, as the pack sees it; planned once."""
    return [
        Resource(
            urn=goal.urn,
            type=goal.type,
            name=goal.name,
            inputs=unwrap(goal.inputs),
            parent=goal.parent,
            dependencies=tuple(goal.dependencies),
            property_dependencies=goal.property_dependencies,
            provider=goal.provider,
            protect=goal.protect,
        )
        for goal in as_given(up(ROOT, "full", StandInProvider()))
    ]


@pytest.fixture(scope="session")
def spoken(full: Sequence[Resource]) -> Said:
    """What rules over whole stacks say of `full` as it is."""
    return said(judge(full, WHOLE))


def test_every_rule_has_a_mutation_and_every_mutation_its_rule():
    assert sorted(MUTATIONS) == sorted(rule.id for rule in RULES)


@pytest.mark.parametrize("id", sorted(MUTATIONS))
def test_the_rules_that_are_meant_to_speak_do_and_no_others(full, spoken, id):
    mutation = MUTATIONS[id]
    broken, place = mutated(full, mutation)
    before = spoken | said(judge([each for each in full if each.urn == place], SINGLE))
    after = said(judge([each for each in broken if each.urn == place], SINGLE)) | said(judge(broken, WHOLE))

    assert sorted({rule for rule, _, _ in after - before}) == sorted({id, *mutation.also})


def mutated(full: Sequence[Resource], mutation: Mutation) -> tuple[list[Resource], str]:
    """The resources after a mutation, and the URN of the one that it broke."""
    if mutation.added is not None:
        urn = f"urn:pulumi:full::mlops-estate::{mutation.type}::added"
        return [*full, Resource(urn, mutation.type, "added", mutation.added)], urn
    found = [each for each in full if each.type == mutation.type and mutation.where in each.name]
    found.sort(key=lambda each: each.name != mutation.where)
    assert found, f"full has no {mutation.type} whose name has {mutation.where!r} in it"
    if mutation.change is None:
        return [each for each in full if each is not found[0]], found[0].urn
    inputs = copy.deepcopy(dict(found[0].inputs))
    mutation.change(inputs)
    protect = inputs.pop(PROTECT, found[0].protect)
    assert (inputs, protect) != (found[0].inputs, found[0].protect), "the mutation changes nothing"
    changed = replace(found[0], inputs=inputs, protect=protect)
    return [changed if each is found[0] else each for each in full], found[0].urn


def said(verdict: Verdict) -> Said:
    return frozenset((each.rule, each.urn, each.message) for each in verdict.violations)


# What is a part of something that is tagged, or is itself nothing that anybody looks for.
PARTS = frozenset(
    {
        "aws:appconfig/deployment:Deployment",
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    }
)


def test_whatever_can_be_tagged_is_asked_for_its_tags(full):
    tagged = {each.type for each in full if each.type.startswith("aws:") and is_tagged(each.type)}

    assert sorted(tagged - PARTS - set(TAGGABLE)) == []
