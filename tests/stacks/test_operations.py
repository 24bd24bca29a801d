import io
import json
import zipfile
from pathlib import Path

import pytest

HANDLERS = Path(__file__).parents[2] / "pipelines" / "handlers"


def test_the_handler_is_the_shipped_one_and_knows_every_models_alarm(estate):
    made = estate()
    function = made.named("retrain-function").inputs

    with zipfile.ZipFile(io.BytesIO(function["code"].content)) as archive:
        assert archive.namelist() == ["retrain.py"]
        assert archive.read("retrain.py") == (HANDLERS / "retrain.py").read_bytes()
    assert json.loads(function["environment"]["variables"]["PIPELINES"]) == {
        made.named(f"{model}-monitor-drift").inputs["name"]: made.named(f"{model}-pipelines-training").inputs[
            "pipelineName"
        ]
        for model in ("ride-fare", "ride-risk")
    }


@pytest.mark.parametrize(("wanted", "state"), [(True, "ENABLED"), (False, "DISABLED")])
def test_drift_retrains_only_where_wanted(estate, wanted, state):
    assert estate(operations={"retrain_on_drift": wanted}).named("retrain-rule").inputs["state"] == state
