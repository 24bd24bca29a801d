"""Experiments, recorded to a file as SageMaker's MLflow would record them."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import tracking
from pipelines.errors import JobError

RUN = tracking.Run("eta", "execution-1", {"rounds": 20}, {"mae": 4.5}, {"estate.environment": "test"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of one database: MLflow takes seconds to make it."""
    return tmp_path_factory.mktemp("mlflow")


@pytest.fixture
def uri(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(folder)
    return f"sqlite:///{folder}/runs.db"


def test_a_step_that_is_tried_again_has_one_run(uri: str, folder: Path) -> None:
    from mlflow import MlflowClient

    evaluation = folder / "evaluation.json"
    evaluation.write_text("{}")
    first = tracking.record(uri, replace(RUN, files=[evaluation]))
    assert tracking.record(uri, replace(RUN, metrics={"mae": 4.0})) == first
    tracking.record(uri, replace(RUN, execution="execution-2"))

    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("eta")
    assert experiment is not None
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert runs.keys() == {"execution-1", "execution-2"}
    one = runs["execution-1"]
    assert (one.data.metrics, one.data.params) == ({"mae": 4.0}, {"rounds": "20"})
    assert (one.info.status, one.data.tags["estate.environment"]) == ("FINISHED", "test")
    assert [each.path for each in client.list_artifacts(one.info.run_id)] == ["evaluation.json"]


@pytest.mark.parametrize("server", ["nowhere://runs", "arn:aws:sagemaker:eu-west-1:1:endpoint/x"])
def test_what_is_no_server_costs_a_line(server: str) -> None:
    said = tracking.record(server, RUN)

    assert said.startswith(f"not recorded to {server}: ")
    assert len(said.splitlines()) == 1


def test_an_image_without_mlflow_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)

    with pytest.raises(JobError, match="needs MLflow: install the extra `tracking`"):
        tracking.record("arn:aws:sagemaker:eu-west-1:1:mlflow-tracking-server/x", RUN)


def test_sagemakers_servers_are_reached_by_their_arn() -> None:
    """The plug-in of the extra `tracking` is what MLflow asks about an ARN."""
    from mlflow.tracking._tracking_service.utils import _get_store

    store = _get_store("arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/experiments")
    assert type(store).__module__.startswith("sagemaker_mlflow")


def test_a_job_that_records_nothing_imports_no_mlflow() -> None:
    code = "import sys, pipelines.jobs.evaluate; sys.exit('mlflow' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
