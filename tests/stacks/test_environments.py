"""The environments that ship: each can be read and planned, and none can be taken for another."""

from pathlib import Path

import pytest

from stacks.environment import Environment
from stacks.settings import EstateSettings, Tier, parse, read_stack_file

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("dev", "staging", "prod", "full")


def settings(name: str) -> EstateSettings:
    return parse({**read_stack_file(ROOT / f"Pulumi.{name}.yaml"), "environment": name})


@pytest.mark.parametrize(
    ("name", "tier"),
    [("dev", Tier.SANDBOX), ("staging", Tier.STAGING), ("prod", Tier.PRODUCTION), ("full", Tier.PRODUCTION)],
)
def test_an_environment_has_its_tier_and_keeps_data_unless_it_is_a_sandbox(name, tier):
    env = Environment.of(settings(name))

    assert (env.tier, env.protected) == (tier, tier is not Tier.SANDBOX)


def test_no_two_environments_share_an_account_or_addresses():
    found = [settings(name) for name in NAMES]

    assert len({each.aws.account_id for each in found}) == len(NAMES)
    assert not any(
        a.foundation.network.cidr.overlaps(b.foundation.network.cidr) for i, a in enumerate(found) for b in found[:i]
    )


def test_all_environments_have_the_same_models():
    assert {tuple(sorted(settings(name).models)) for name in NAMES} == {("delivery-eta", "tumor-screening")}


def test_full_switches_everything_on():
    full = settings("full")

    assert all(model.release is not None for model in full.models.values())
    assert {model.endpoint.rollout.strategy for model in full.models.values()} == {"canary", "linear"}
    assert all(model.retrain_schedule is not None for model in full.models.values())
    assert (full.foundation.network.nat, full.foundation.network.zones) == ("per-zone", 3)
    assert full.foundation.github is not None
    assert full.training.cluster is not None
    assert full.aws.assume_role_arn is not None


def test_only_full_pins_releases():
    assert [model for name in NAMES[:3] for model, of in settings(name).models.items() if of.release is not None] == []


def test_production_rolls_out_in_steps():
    strategies = {model.endpoint.rollout.strategy for model in settings("prod").models.values()}

    assert "all-at-once" not in strategies
