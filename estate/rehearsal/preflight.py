"""What can be known to be wrong before anything is made."""

from contracts.workload import WorkloadError
from pipelines import workload
from stacks.settings import EstateSettings


def check_rows(settings: EstateSettings) -> None:
    """Raises WorkloadError where the rows that a workload would land lack a column of its contract.

    The same fault in a file that arrives later fails the job that validates it.
    """
    for model in sorted(settings.models):
        code = workload.load(model)
        rows = code.data.rows(dict(code.contract.rehearsal.ingest))
        found = list(getattr(rows, "column_names", getattr(rows, "columns", ())))
        missing = [name for name in code.contract.data.columns if name not in found]
        if missing:
            raise WorkloadError(
                f"{model}: data.py gives no column {', '.join(map(repr, missing))}, which workload.yaml names; "
                f"it gives: {', '.join(map(str, found))}"
            )
