"""Pins an approved version in the environment's file; `pulumi up` rolls it out."""

import os
import re
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from estate.release.account import Estate, ReleaseError
from estate.release.archives import publish
from estate.release.budget import check_budgets, error_budget
from estate.release.packages import Package, check_servable, list_packages, note
from stacks.settings import PROJECT, Release, parse, read_stack_file

MODELS = f"{PROJECT}:models"
OVERRIDE = "error_budget_override"  # metadata of a package: why it was released on a spent budget
REASON = r"[\w .:/=+\-@]{1,256}"  # CustomerMetadataProperties of SageMaker's API reference, less exotic spaces


def promote(estate: Estate, model: str, version: int | None = None, *, override_budget: str | None = None) -> Release:
    """Resolves a version of `model` (by default the newest approved one), checks it and pins it.

    A version that is newer than the pinned one needs error budget. `override_budget` is the reason to release it
    without; it is kept in the package's metadata. Going back to an earlier version needs none.

    Raises ReleaseError where there is no such version, it is not approved, it misses its gate, or a budget is spent;
    the file is then as it was.
    """
    if override_budget is not None:
        _check_reason(override_budget)
    package = _resolve(model, list_packages(estate, model), version)
    check_servable(estate, model, package)
    if _is_news(estate, model, package):
        if override_budget is None:
            check_budgets(error_budget(estate, model))
        else:
            note(estate, package.arn, {OVERRIDE: override_budget})
    release = Release(version=package.version, package_arn=package.arn)
    publish(estate, model, package)
    pin(estate.stack_file, model, release)
    return release


def _is_news(estate: Estate, model: str, package: Package) -> bool:
    """Whether it would be new to users: an earlier version, or the pinned one again, mends and risks nothing new."""
    pinned = parse({"environment": estate.settings.environment, **read_stack_file(estate.stack_file)})
    release = pinned.models[model].release
    return release is not None and package.version > release.version


def _check_reason(reason: str) -> None:
    if not re.fullmatch(REASON, reason):
        raise ReleaseError(
            f"--override-budget {reason!r}: give a reason of 1 to 256 letters, digits, spaces and _ . : / = + - @, "
            "which is what SageMaker keeps with a model package"
        )


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
