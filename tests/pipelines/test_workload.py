import pytest
from pydantic import ValidationError

from contracts.workload import FEATURES_PARTITION, ColumnType, Workload, feature_row, online_row
from pipelines import workload
from pipelines.errors import JobError
from tests.pipelines.test_contract import WORKLOAD

PLAIN = WORKLOAD.model_dump(mode="json")


@pytest.mark.parametrize("name", ["tumor-screening", "delivery-eta"])
def test_a_workload_of_the_project_is_complete(name):
    code = workload.load(name)
    assert code.contract.name == name
    assert callable(code.data.rows)
    assert "SELECT" in code.features.SQL
    assert all(callable(getattr(code.model, part)) for part in ("train", "save", "load", "predict"))
    assert all(callable(getattr(code.inference, part)) for part in ("parse", "respond"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(workload, "FOLDER", tmp_path)
    return tmp_path


def test_a_folder_without_a_contract_is_refused(folder):
    (folder / "parcels").mkdir()
    with pytest.raises(JobError, match=r"parcels: has no workload\.yaml"):
        workload.load("parcels")


def test_a_folder_without_a_part_names_it(folder):
    from ruamel.yaml import YAML

    (folder / "parcels").mkdir()
    with (folder / "parcels" / "workload.yaml").open("w") as file:
        YAML(typ="safe").dump(PLAIN, file)
    with pytest.raises(JobError, match=r"workload parcels: has no data\.py"):
        _ = workload.load("parcels").data


def test_a_feature_row_has_key_times_label_then_features():
    assert list(feature_row(WORKLOAD)) == ["id", "asked", "known", "arrived", "label", "size"]
    assert feature_row(WORKLOAD)["size"] is ColumnType.NUMBER


def test_an_online_row_never_has_the_label():
    assert online_row(WORKLOAD) == {"id": ColumnType.INTEGER, "asked": ColumnType.TIMESTAMP, "size": ColumnType.NUMBER}
    assert FEATURES_PARTITION not in feature_row(WORKLOAD)


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("gate", {"baseline": "weight"}, "gate.baseline 'weight' is no feature; they are size"),
        ("features", {"known": {"type": "number", "description": "x"}}, "the key and the times cannot be features"),
        ("features", {"label": {"type": "number", "description": "x"}}, "the label 'label' cannot be a feature"),
        ("data", {"key": "number"}, "data names column 'number'; columns are id"),
    ],
)
def test_names_that_do_not_agree_are_refused(part, change, message):
    with pytest.raises(ValidationError) as raised:
        Workload.model_validate(PLAIN | {part: PLAIN[part] | change})
    assert message in str(raised.value)
