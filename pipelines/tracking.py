"""Records evaluations to MLflow, where a job is told of a tracking server.

The server may be SageMaker's, whose ARN is its tracking URI, or a file: `sqlite:///runs.db`. What decides about a
version is its evaluation in the lake: a server that cannot be reached costs a line in the log, and no retraining.
MLflow comes with the extra `tracking`, which the jobs image has, and is imported only here, when asked for.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import JobError

if TYPE_CHECKING:
    from mlflow import MlflowClient

NONE = "none"  # a pipeline's parameter has no empty value
EXECUTION = "estate.execution"
# A job waits for a dead server half a minute at most; MLflow's own defaults are minutes.
PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}


@dataclass(frozen=True)
class Run:
    """One evaluation. `execution` tells it apart: recorded once more, it replaces what was recorded."""

    experiment: str
    execution: str
    parameters: Mapping[str, int | float | str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    files: Sequence[Path] = ()


def record(uri: str, run: Run) -> str:
    """Records the run; returns a line for the log: where it is, or why it is nowhere.

    Raises JobError where MLflow is not installed: the image is the wrong one.
    """
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        from mlflow import MlflowClient
    except ImportError:
        raise JobError(f"tracking to {uri} needs MLflow: install the extra `tracking`") from None
    try:
        return f"recorded as run {_record(MlflowClient(tracking_uri=uri), run)} of experiment {run.experiment}"
    except Exception as error:  # each store and each door to a server raises its own
        said = (str(error).strip().splitlines() or [""])[0]
        return f"not recorded to {uri}: {type(error).__name__}: {said}"


def _record(client: "MlflowClient", run: Run) -> str:
    id = _run(client, run)
    for name, value in run.parameters.items():
        client.log_param(id, name, value)
    for name, value in run.metrics.items():
        client.log_metric(id, name, value)
    for name, value in run.tags.items():
        client.set_tag(id, name, value)
    for file in run.files:
        client.log_artifact(id, str(file))
    client.set_terminated(id)
    return id


def _run(client: "MlflowClient", run: Run) -> str:
    """The id of the execution's run, made where there is none yet."""
    found = client.get_experiment_by_name(run.experiment)
    experiment = client.create_experiment(run.experiment) if found is None else found.experiment_id
    made = client.search_runs([experiment], f"tags.`{EXECUTION}` = '{run.execution}'", max_results=1)
    if made:
        return made[0].info.run_id
    return client.create_run(experiment, tags={EXECUTION: run.execution}, run_name=run.execution).info.run_id
