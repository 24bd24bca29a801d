import io
import json
import tarfile
from argparse import Namespace

import boto3
import pyarrow.parquet
import pytest

from pipelines import modelling, releases, workload
from pipelines.errors import JobError
from pipelines.jobs import evaluate

TUMOR = workload.load("tumor-screening")
RELEASE = "arn:aws:sagemaker:us-east-1:111111111111:model-package/tumor/1"


def archive(rounds: int, folder) -> bytes:
    table = TUMOR.data.rows({}).slice(0, 400)
    rows = {name: table[name].to_numpy() for name in [*TUMOR.contract.features, "malignant"]}
    modelling.save(modelling.train(TUMOR.contract, rows, {"rounds": rounds, "max_depth": 2}, "digest"), folder)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as packed:
        packed.add(folder, arcname=".")
    return content.getvalue()


@pytest.fixture
def evaluated(aws, tmp_path, monkeypatch):
    """Evaluates a candidate with these rounds against a served release with those."""
    inputs = tmp_path / "processing" / "input"
    for name in ("model", "holdout"):
        (inputs / name).mkdir(parents=True)
    pyarrow.parquet.write_table(TUMOR.data.rows({}).slice(400), inputs / "holdout" / "holdout.parquet")
    monkeypatch.setenv("ESTATE_ML_ROOT", str(tmp_path))
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="models")
    container = {"ModelDataUrl": "s3://models/served/model.tar.gz"}
    monkeypatch.setattr(releases, "describe", lambda _: {"InferenceSpecification": {"Containers": [container]}})

    def run(rounds: int, served: int | None, tracking: str = "none"):
        (inputs / "model" / "model.tar.gz").write_bytes(archive(rounds, tmp_path / "candidate"))
        if served is not None:
            s3.put_object(Bucket="models", Key="served/model.tar.gz", Body=archive(served, tmp_path / "served"))
        release = RELEASE if served is not None else "none"
        told = {"environment": "test", "tracking": tracking, "run": "execution-1"}
        evaluate.main(Namespace(workload="tumor-screening", release=release, **told))
        return json.loads((tmp_path / "processing" / "output" / "evaluation" / "evaluation.json").read_text())

    return run


def test_a_candidate_much_worse_than_the_served_release_is_not_registered(evaluated):
    report = evaluated(1, served=100)
    assert report["champion"]["roc_auc"] > report["metrics"]["roc_auc"] + 0.02
    assert report["gate"]["margin"] < 0


def test_a_candidate_as_good_as_the_served_release_passes(evaluated):
    report = evaluated(100, served=100)
    assert report["champion"] == report["metrics"]
    assert report["gate"]["passed"] is True


def test_without_a_release_there_is_no_champion(evaluated):
    assert evaluated(100, served=None)["champion"] is None


def test_an_archive_that_is_none_is_refused(evaluated, tmp_path):
    evaluated(1, served=None)
    (tmp_path / "processing" / "input" / "model" / "model.tar.gz").write_bytes(b"no archive")
    with pytest.raises(JobError, match=r"model\.tar\.gz: cannot be unpacked"):
        evaluate.main(Namespace(workload="tumor-screening", release="none"))


def test_an_evaluation_is_recorded_where_a_tracking_server_is_named(evaluated, monkeypatch, capsys):
    recorded = []
    monkeypatch.setattr(evaluate.tracking, "record", lambda uri, run: recorded.append((uri, run)) or "recorded")
    report = evaluated(20, served=None, tracking="arn:mlflow")

    ((uri, run),) = recorded
    assert (uri, run.experiment, run.execution) == ("arn:mlflow", "tumor-screening", "execution-1")
    assert run.parameters == TUMOR.contract.training.hyperparameters
    assert run.metrics == {
        "roc_auc": report["metrics"]["roc_auc"],
        "baseline_roc_auc": report["baseline"]["roc_auc"],
        "gain": report["gate"]["gain"],
        "margin": report["gate"]["margin"],
        "rows": report["rows"],
    }
    assert run.tags == {
        "estate.environment": "test",
        "estate.snapshot": "digest",
        "estate.gate": "met" if report["gate"]["passed"] else "not met",
        "estate.champion": "none",
    }
    assert [file.name for file in run.files] == ["evaluation.json", "explanation.json"]
    assert "recorded\n" in capsys.readouterr().out


def test_without_a_tracking_server_nothing_is_recorded(evaluated, monkeypatch):
    monkeypatch.setattr(evaluate.tracking, "record", lambda *_: pytest.fail("recorded"))

    assert evaluated(20, served=None)["workload"] == "tumor-screening"
