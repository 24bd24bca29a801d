"""What pipelines made and no program owns must go before an environment can."""

from estate.release.account import Estate, ReleaseError
from estate.release.packages import Package, list_packages
from pipelines.errors import JobError


def empty(estate: Estate) -> dict[str, int]:
    """Deletes every registered version: AWS refuses to delete a package group that holds any.

    Returns how many of each kind went. Raises ReleaseError in a protected environment, where releases are evidence.
    """
    if estate.environment.protected:
        name, tier = estate.settings.environment, estate.settings.tier.value
        raise ReleaseError(f"{name} is protected (tier {tier}): its registered versions are kept")
    sagemaker = estate.client("sagemaker")
    packages = [package for model in sorted(estate.settings.models) for package in _registered(estate, model)]
    for package in packages:
        sagemaker.delete_model_package(ModelPackageName=package.arn)
    return {"model_packages": len(packages)}


def _registered(estate: Estate, model: str) -> list[Package]:
    """The model's versions; none where an `up` that failed never published the model."""
    try:
        return list_packages(estate, model)
    except JobError:
        return []
