"""What settings of training and registry must have in common with those of other layers."""

from fnmatch import fnmatch
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stacks.settings.estate import EstateSettings


def check(settings: "EstateSettings") -> None:
    """Raises ValueError for what fits within one layer and not with another."""
    _accounts(settings)
    _capacity(settings)
    _builds(settings)
    _studio(settings)


def _accounts(settings: "EstateSettings") -> None:
    own, registry = settings.aws.account_id, settings.registry
    for path, accounts in (
        ("registry.readers", registry.readers),
        ("registry.writers", registry.writers),
        ("training.images.readers", settings.training.images.readers),
    ):
        if own in accounts:
            raise ValueError(f"{path} names aws.account_id {own}, which needs no grant to itself")
    if registry.central is not None and registry.central.account_id == own:
        raise ValueError(
            f"registry.central.account_id is aws.account_id {own}; leave registry.central out for groups of one's own"
        )
    for replica in settings.training.images.replicas:
        if replica.region == settings.aws.region and replica.account_id in (None, own):
            raise ValueError(f"training.images.replicas: {replica.region} of this account is where the images are")


def _capacity(settings: "EstateSettings") -> None:
    for model in settings.training.capacity:
        if model not in settings.models:
            raise ValueError(f"training.capacity.{model} is no model; models are {', '.join(sorted(settings.models))}")


def _builds(settings: "EstateSettings") -> None:
    builds, network = settings.training.builds, settings.foundation.network
    if builds is None:
        return
    if builds.repository is None and settings.foundation.github is None:
        raise ValueError("training.builds.repository is needed, as foundation.github names none")
    if builds.in_network and network.existing is None and network.nat == "none":
        raise ValueError(
            "training.builds.in_network needs a way to PyPI, and foundation.network.nat is none; choose single or "
            "per-zone, or in_network: false"
        )


def _studio(settings: "EstateSettings") -> None:
    studio = settings.training.studio
    if studio is None:
        return
    allowed = settings.foundation.persons.instance_types
    if not any(fnmatch(studio.instance_type, pattern) for pattern in allowed):
        raise ValueError(
            f"training.studio.instance_type {studio.instance_type} is none of foundation.persons.instance_types, "
            f"which nobody's apps go beyond: {', '.join(allowed)}"
        )
    for name, profile in studio.profiles.items():
        if profile.role_arn is not None and profile.role_arn.split(":")[4] != settings.aws.account_id:
            raise ValueError(
                f"training.studio.profiles.{name}.role_arn is of another account than aws.account_id "
                f"{settings.aws.account_id}"
            )
