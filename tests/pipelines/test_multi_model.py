"""The multi-model host keeps SageMaker's contract: load, list, show, invoke, unload, and 507 where there is no room."""

import json
from pathlib import Path

import pytest

from pipelines import inference, modelling, workload
from pipelines.serving.multi_model import multi_model
from tests.pipelines.test_serving import call

TUMOR = workload.load("tumor-screening")


@pytest.fixture(scope="module")
def rows():
    table = TUMOR.data.rows({})
    return {name: table[name].to_numpy() for name in [*TUMOR.contract.features, "malignant"]}


@pytest.fixture(scope="module")
def root(rows, tmp_path_factory) -> Path:
    """Three models under models/<name>/model; `c` is none."""
    folder = tmp_path_factory.mktemp("opt-ml")
    for name, rounds in (("a", 5), ("b", 30)):
        model = modelling.train(TUMOR.contract, rows, {"rounds": rounds}, "digest")
        modelling.save(model, folder / "models" / name / "model")
    (folder / "models" / "c" / "model").mkdir(parents=True)
    return folder


def load(app, name: str, url: str | None = None) -> tuple[int, dict]:
    body = {"model_name": name, "url": url or f"/opt/ml/models/{name}/model"}
    status, answer = call(app, "/models", json.dumps(body).encode())
    return status, json.loads(answer)


def predictions(app, name: str, rows) -> list[float]:
    first = {key: values[:3] for key, values in rows.items()}
    status, body = call(app, f"/models/{name}/invoke", inference.request(TUMOR.contract, first))
    assert status == 200
    return json.loads(body)["predictions"]


def test_models_answer_side_by_side(root, rows):
    app = multi_model("tumor-screening", root)
    assert call(app, "/ping", method="GET") == (200, b"")
    for name in ("a", "b"):
        assert load(app, name) == (200, {"modelName": name, "modelUrl": f"/opt/ml/models/{name}/model"})
    first = {key: values[:3] for key, values in rows.items()}
    for name in ("a", "b"):
        direct = modelling.predict(modelling.load(root / "models" / name / "model"), first)
        assert predictions(app, name, rows) == [float(value) for value in direct]
    listed = json.loads(call(app, "/models", method="GET")[1])["models"]
    assert [item["modelName"] for item in listed] == ["a", "b"]


def test_a_model_is_unloaded(root):
    app = multi_model("tumor-screening", root)
    load(app, "a")
    assert call(app, "/models/a", method="GET")[0] == 200
    assert call(app, "/models/a", method="DELETE")[0] == 200
    assert call(app, "/models/a", method="GET")[0] == 404
    assert call(app, "/models/a/invoke", b"{}")[0] == 404


def test_no_more_models_are_held_than_fit(root):
    app = multi_model("tumor-screening", root, most=1)
    assert load(app, "a")[0] == 200
    assert load(app, "a")[0] == 409
    assert load(app, "b")[0] == 507
    call(app, "/models/a", method="DELETE")
    assert load(app, "b")[0] == 200


@pytest.mark.parametrize(
    ("name", "url", "message"),
    [
        ("c", None, "model c cannot be loaded"),
        ("a", "/etc", "a path below /opt/ml"),
        ("a", "x", "a path below"),
        ("a", "/opt/ml/../ml/models/a/model", "a path below"),
    ],
)
def test_what_cannot_be_loaded_is_refused(root, name, url, message):
    status, answer = load(multi_model("tumor-screening", root), name, url)
    assert status == 400
    assert message in answer["error"]
