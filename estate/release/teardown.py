"""What pipelines made and no program owns must go before an environment can."""

from estate.release.account import Estate, ReleaseError
from estate.release.packages import list_packages


def empty(estate: Estate) -> dict[str, int]:
    """Deletes every registered version: AWS refuses to delete a package group that holds any.

    Returns how many of each kind went. Raises ReleaseError in a protected environment, where releases are evidence.
    """
    if estate.environment.protected:
        name, tier = estate.settings.environment, estate.settings.tier.value
        raise ReleaseError(f"{name} is protected (tier {tier}): its registered versions are kept")
    sagemaker = estate.client("sagemaker")
    packages = [package for model in sorted(estate.settings.models) for package in list_packages(estate, model)]
    for package in packages:
        sagemaker.delete_model_package(ModelPackageName=package.arn)
    return {"model_packages": len(packages)}
