"""Settings of training and registry: what does not fit is one line with key, reason and what is allowed."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from stacks.settings import SettingsError, parse

LEAST: dict[str, Any] = {
    "environment": "test",
    "aws": {"account_id": "123456789012", "region": "eu-west-1"},
    "ownership": {"owner": "ml", "email": "ml@example.com", "cost_center": "ml"},
    "foundation": {"network": {"cidr": "10.9.0.0/16"}, "github": {"repository": "example/estate"}},
    "models": {"ride-fare": {}},
}
CONNECTION = "arn:aws:codeconnections:eu-west-1:123456789012:connection/1"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ecr-pullthroughcache/hub-abcdef"
OTHER, OWN = "999999999999", "123456789012"


def values(layer: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {**deepcopy(LEAST), layer: value}


def test_all_of_it_is_off_but_cards():
    settings = parse(LEAST)

    training, registry = settings.training, settings.registry
    assert (training.studio, training.tracking, training.builds, training.capacity) == (None, None, None, {})
    assert (training.images.signed, training.images.readers, training.images.replicas) == (False, (), ())
    assert (registry.readers, registry.central, registry.retention, registry.cards) == ((), None, None, True)


def studio(**more: Any) -> dict[str, Any]:
    return {"studio": more}


def capacity(**more: Any) -> dict[str, Any]:
    return {"capacity": {"ride-fare": more}}


def images(**more: Any) -> dict[str, Any]:
    return {"images": more}


def builds(**more: Any) -> dict[str, Any]:
    return {"builds": {"connection_arn": CONNECTION, "in_network": False, **more}}


TRAINING = [
    (
        capacity(spot=True, keep_alive_seconds=600),
        "training.capacity.ride-fare: keep_alive_seconds cannot go with spot: SageMaker keeps no spot machines warm",
    ),
    (
        capacity(keep_alive_seconds=0),
        "training.capacity.ride-fare: keep_alive_seconds 0 is out of 1 to 21600; leave it out for no warm pool",
    ),
    (
        capacity(keep_alive_seconds=21601),
        "training.capacity.ride-fare: keep_alive_seconds 21601 is out of 1 to 21600; leave it out for no warm pool",
    ),
    (
        capacity(spot_patience_seconds=60),
        "training.capacity.ride-fare: spot_patience_seconds is for spot: true; machines on demand are not waited for",
    ),
    (
        {"capacity": {"taxi-fare": {"spot": True}}},
        "training.capacity.taxi-fare is no model; models are ride-fare",
    ),
    (
        studio(profiles={"ana_b": {}}),
        "Studio refuses the profile name 'ana_b'; allowed are letters and digits, joined by hyphens, 63 characters at "
        "most",
    ),
    (
        studio(profiles={"x" * 64: {}}),
        "joined by hyphens, 63 characters at most",
    ),
    (
        studio(profiles={"ana": {}, "Ana": {}}),
        "training.studio: profiles: names that differ in case only: ana",
    ),
    (
        studio(auth="sso", profiles={"ana": {}}),
        "training.studio: profiles.ana needs sso_user, as auth is sso",
    ),
    (
        studio(profiles={"ana": {"sso_user": "ana@example.com"}}),
        "training.studio: profiles.ana.sso_user is for auth sso; auth is iam",
    ),
    (
        studio(idle_minutes=120, most_idle_minutes=60),
        "training.studio: most_idle_minutes 60 is below idle_minutes 120",
    ),
    (
        studio(space_gb=200),
        "training.studio: most_space_gb 100 is below space_gb 200",
    ),
    (
        studio(profiles={"ana": {"role_arn": f"arn:aws:iam::{OTHER}:role/x"}}),
        f"training.studio.profiles.ana.role_arn is of another account than aws.account_id {OWN}",
    ),
    (
        studio(instance_type="ml.p4d.24xlarge"),
        "training.studio.instance_type ml.p4d.24xlarge is none of foundation.persons.instance_types, "
        "which nobody's apps go beyond: ml.c5.*, ml.g4dn.xlarge, ml.m5.*, ml.t3.*",
    ),
    (
        images(signature_months=12),
        "training.images: signature_months is for signed: true; nothing is signed without it",
    ),
    (
        images(readers=[OWN]),
        f"training.images.readers names aws.account_id {OWN}, which needs no grant to itself",
    ),
    (
        images(replicas=[{"region": "eu-west-1"}]),
        "training.images.replicas: eu-west-1 of this account is where the images are",
    ),
    (
        images(cache={"hub": {"registry": "registry-1.docker.io"}}),
        "training.images.cache.hub: registry registry-1.docker.io needs credential_arn, a secret named "
        "ecr-pullthroughcache/...",
    ),
    (
        images(cache={"open": {"registry": "quay.io", "credential_arn": SECRET}}),
        "training.images.cache.open: credential_arn is for registries that ask for credentials; quay.io asks for none",
    ),
    (
        images(cache={"hub": {"registry": "ghcr.io", "credential_arn": SECRET.replace("ecr-pull", "pull")}}),
        "is no secret whose name begins with ecr-pullthroughcache/",
    ),
    (
        images(cache={"own": {"registry": "registry.example.com"}}),
        "training.images.cache.own: registry registry.example.com is not cached; allowed: public.ecr.aws, quay.io, "
        "registry.k8s.io, ghcr.io, registry-1.docker.io, registry.gitlab.com",
    ),
    (
        builds(connection_arn="arn:aws:iam::123456789012:role/x"),
        "is no connection; `aws codeconnections list-connections` shows them",
    ),
    (
        builds(in_network=True),
        "training.builds.in_network needs a way to PyPI, and foundation.network.nat is none; choose single or "
        "per-zone, or in_network: false",
    ),
]


@pytest.mark.parametrize(("value", "said"), TRAINING, ids=[said[:60] for _, said in TRAINING])
def test_training_that_does_not_fit_is_refused(value: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse(values("training", value))
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) == 1


CENTRAL = {"account_id": OTHER, "prefix": "mlops-shared"}
REGISTRY = [
    ({"readers": [OWN]}, f"registry.readers names aws.account_id {OWN}, which needs no grant to itself"),
    ({"writers": [OWN]}, f"registry.writers names aws.account_id {OWN}, which needs no grant to itself"),
    ({"readers": ["12"]}, r"registry.readers.0: must match ^\d{12}$ (given: '12')"),
    (
        {"central": {**CENTRAL, "account_id": OWN}},
        f"registry.central.account_id is aws.account_id {OWN}; leave registry.central out for groups of one's own",
    ),
    (
        {"central": CENTRAL, "readers": [OTHER]},
        "registry: readers and writers are of groups of one's own; with central, the registry's account says",
    ),
    (
        {"central": CENTRAL, "retention": {}},
        "registry: retention is of groups of one's own; with central, the registry's account looks after them",
    ),
    (
        {"readers": [OTHER], "retention": {"action": "delete"}},
        "registry: retention.action delete needs a registry that nobody shares: what other accounts serve is not "
        "known here; choose archive",
    ),
    ({"retention": {"keep": 0}}, "registry.retention.keep: Input should be greater than or equal to 1 (given: 0)"),
]


@pytest.mark.parametrize(("value", "said"), REGISTRY, ids=[said[:60] for _, said in REGISTRY])
def test_a_registry_that_does_not_fit_is_refused(value: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse(values("registry", value))
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_builds_without_a_repository_need_github():
    settings = values("training", builds())
    del settings["foundation"]["github"]

    with pytest.raises(
        SettingsError, match=r"training\.builds\.repository is needed, as foundation\.github names none"
    ):
        parse(settings)
