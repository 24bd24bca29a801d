"""Pins an approved version in the environment's file; `pulumi up` rolls it out."""

import os
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from estate.release.account import Estate, ReleaseError
from estate.release.packages import Package, check_servable, list_packages
from stacks.settings import PROJECT, Release

MODELS = f"{PROJECT}:models"


def promote(estate: Estate, model: str, version: int | None = None) -> Release:
    """Resolves a version of `model` (by default the newest approved one), checks it and pins it.

    Raises ReleaseError where there is no such version, it is not approved, or it misses its gate; the file is then
    as it was.
    """
    package = _resolve(model, list_packages(estate, model), version)
    check_servable(estate, model, package)
    release = Release(version=package.version, package_arn=package.arn)
    pin(estate.stack_file, model, release)
    return release


def _resolve(model: str, packages: list[Package], version: int | None) -> Package:
    if not packages:
        raise ReleaseError(f"{model} has no registered version; run its training pipeline first")
    if version is None:
        approved = [package for package in packages if package.approved]
        if not approved:
            states = ", ".join(f"{package.version} {package.status}" for package in packages)
            raise ReleaseError(f"{model} has no approved version; versions: {states}")
        return approved[0]
    for package in packages:
        if package.version == version:
            return package
    known = ", ".join(str(package.version) for package in packages)
    raise ReleaseError(f"{model} has no version {version}; versions: {known}")


def pin(stack_file: Path, model: str, release: Release) -> None:
    """Writes `release` under the model's entry, leaving comments and order as they are, all or nothing."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 120
    document = yaml.load(stack_file)
    models = document["config"][MODELS]
    entry = models[model] if models[model] is not None else {}
    entry["release"] = release.model_dump()
    models[model] = entry
    handle, name = tempfile.mkstemp(dir=stack_file.parent, prefix=f".{stack_file.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            yaml.dump(document, file)
        Path(name).chmod(stack_file.stat().st_mode)
        Path(name).replace(stack_file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
