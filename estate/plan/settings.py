"""What settings and workloads say that only a service's published lists can refuse."""

from collections.abc import Iterator
from pathlib import Path

from contracts.workload import WorkloadError, folder_name, read_workload
from estate.plan.rules import ec2_instance_types, ml_instance_types
from estate.plan.shapes import some
from stacks.settings import (
    PROJECT,
    EstateSettings,
    OrganizationStack,
    SettingsError,
    parse,
    parse_stack,
    read_stack_file,
)
from stacks.settings.neighbours import check_neighbours
from stacks.workloads import FOLDER


def read_stack(root: Path, stack: str, stack_file: Path | None = None) -> EstateSettings | OrganizationStack:
    """The settings of a stack, read without running the program. Raises SettingsError."""
    settings = parse_stack(_values(root, stack, stack_file))
    if isinstance(settings, EstateSettings):
        check_neighbours(settings, root)
    return settings


def read_settings(root: Path, stack: str, stack_file: Path | None = None) -> EstateSettings:
    """The settings of an environment. Raises SettingsError, for the organisation's stack too."""
    settings = parse(_values(root, stack, stack_file))
    check_neighbours(settings, root)
    return settings


def _values(root: Path, stack: str, stack_file: Path | None) -> dict[str, object]:
    values = read_stack_file(stack_file if stack_file is not None else root / f"Pulumi.{stack}.yaml")
    environment = str(values.get("environment", stack))
    shared = {} if environment == stack else read_stack_file(root / f"Pulumi.{environment}.yaml")
    return {**shared, **values, "environment": environment}


def refuse_unknown_instances(root: Path, settings: EstateSettings) -> None:
    """Raises SettingsError or WorkloadError for instance types that do not exist."""
    wrong = list(_unknown(settings))
    if wrong:
        raise SettingsError("\n".join(f"{PROJECT}:{line}" for line in wrong))
    known = ml_instance_types("Training")
    for model in sorted(settings.models):
        folder = root / FOLDER / folder_name(model)
        if (folder / "workload.yaml").is_file():
            given = read_workload(folder).training.instance_type
            if given not in known:
                raise WorkloadError(f"{folder.name}/workload.yaml: training.instance_type: {_said(given, known)}")


def _unknown(settings: EstateSettings) -> Iterator[str]:
    cluster = settings.training.cluster
    if cluster is not None and cluster.system_instance_type not in ec2_instance_types():
        yield f"training.cluster.system_instance_type: {_said(cluster.system_instance_type, ec2_instance_types())}"
    hosting = ml_instance_types("ProductionVariant")
    for name, model in settings.models.items():
        served = {"endpoint": model.endpoint, **{f"more_endpoints.{k}": v for k, v in model.more_endpoints.items()}}
        for where, serving in served.items():
            if serving.instance_type not in hosting:
                yield f"models.{name}.{where}.instance_type: {_said(serving.instance_type, hosting)}"


def _said(given: str, known: frozenset[str]) -> str:
    return f"{given!r} is no instance type; allowed is one of {some(known, given)}"
