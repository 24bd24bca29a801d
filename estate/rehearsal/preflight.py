"""What can be known to be wrong before anything is made."""

from contracts.workload import WorkloadError
from pipelines import workload
from stacks.workloads import Workloads


def check_rows(workloads: Workloads) -> None:
    """Raises WorkloadError where the rows that a workload would land lack a column of its contract.

    The same fault in a file that arrives later fails the job that validates it.
    """
    for model, contract in workloads.items():
        rows = workload.load(model).data.rows(dict(contract.rehearsal.ingest))
        found = list(getattr(rows, "column_names", getattr(rows, "columns", ())))
        missing = [name for name in contract.data.columns if name not in found]
        if missing:
            raise WorkloadError(
                f"{model}: data.py gives no column {', '.join(map(repr, missing))}, which workload.yaml names; "
                f"it gives: {', '.join(map(str, found))}"
            )
