"""The workload of each model that the settings name."""

from collections.abc import Mapping
from pathlib import Path

from contracts.workload import Workload, WorkloadError, folder_name, read_workload
from stacks.settings import EstateSettings

Workloads = Mapping[str, Workload]
FOLDER = Path("pipelines", "workloads")


def read_workloads(root: Path, settings: EstateSettings) -> Workloads:
    """Workloads by model name, in the order of the names. Raises WorkloadError for a model without a folder."""
    found = {}
    for model in sorted(settings.models):
        folder = root / FOLDER / folder_name(model)
        if not folder.is_dir():
            known = sorted(path.parent.name.replace("_", "-") for path in (root / FOLDER).glob("*/workload.yaml"))
            raise WorkloadError(
                f"mlops-estate:models.{model}: no folder {FOLDER / folder.name}; known: {', '.join(known)}"
            )
        found[model] = read_workload(folder)
    _check_labelling(settings, found)
    return found


def _check_labelling(settings: EstateSettings, workloads: Workloads) -> None:
    """Raises WorkloadError where people would be shown a column that there is not, or that they may not see."""
    if settings.data.labelling is None:
        return
    from components.labelling.template import PageError, shown_columns

    for model, task in settings.data.labelling.tasks.items():
        try:
            shown = shown_columns(workloads[model], task.columns)
        except PageError as error:
            raise WorkloadError(f"mlops-estate:data.labelling.tasks.{model}.columns: {error}") from None
        if not shown:
            raise WorkloadError(f"mlops-estate:data.labelling.tasks.{model}: {model} has no column that may be shown")
