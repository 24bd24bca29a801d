import json

import pyarrow.parquet
import pytest

from tests.pipelines.conftest import make_machine

DELIVERY = {"rows": 6000, "seed": 3, "start": "2026-01-05", "days": 28, "bad_rows": 40}


@pytest.fixture(scope="module")
def delivered(tmp_path_factory):
    machine = make_machine(tmp_path_factory.mktemp("delivery"))
    machine.land("delivery-eta", json.dumps(DELIVERY))
    machine.learn("delivery-eta")
    return machine


@pytest.fixture(scope="module")
def screened(tmp_path_factory):
    machine = make_machine(tmp_path_factory.mktemp("tumor"))
    machine.land("tumor-screening", "{}")
    machine.learn("tumor-screening")
    return machine


def document(machine, output, file):
    return json.loads((machine.output(output) / file).read_text())


def table(machine, output):
    return pyarrow.concat_tables(
        pyarrow.parquet.read_table(f) for f in sorted(machine.output(output).rglob("*.parquet"))
    )


def test_bad_rows_are_in_quarantine_with_their_reasons(delivered):
    assert document(delivered, "report", "validation.json") == {
        "rows": 6000,
        "accepted": 5960,
        "quarantined": 40,
        "reasons": {
            "delivered_at: not after placed_at": 8,
            "distance_km: below 0.05": 8,
            "order_id: seen before": 8,
            "restaurant_id: missing": 8,
            "weather: not one of clear, rain, snow": 8,
        },
        "ignored_columns": [],
    }
    assert table(delivered, "quarantine").num_rows == 40


def test_good_rows_are_curated_and_no_bad_one_is(delivered):
    curated = table(delivered, "curated")
    assert curated.num_rows == 5960
    assert min(curated["distance_km"].to_pylist()) >= 0.05
    assert len(set(curated["order_id"].to_pylist())) == 5960


def test_a_repeated_order_is_kept_as_it_first_arrived(delivered):
    bad = table(delivered, "quarantine").to_pylist()
    repeated = {row["order_id"]: row["arrived_at"] for row in bad if row["reasons"] == "order_id: seen before"}
    kept = {row["order_id"]: str(row["arrived_at"]) for row in table(delivered, "curated").to_pylist()}
    assert len(repeated) == 8
    assert all(kept[order] < arrived for order, arrived in repeated.items())


def test_features_lie_in_a_folder_a_month(delivered):
    folders = sorted(path.parent.name for path in delivered.output("features").rglob("*.parquet"))
    assert folders == ["event_month=2026-01", "event_month=2026-02"]


def test_no_held_out_row_precedes_a_row_learned_from(delivered):
    train, holdout = table(delivered, "train"), table(delivered, "holdout")
    cutoff = min(holdout["placed_at"].to_pylist())
    assert max(train["placed_at"].to_pylist()) < cutoff
    assert max(train["delivered_at"].to_pylist()) <= cutoff
    assert max(train["arrived_at"].to_pylist()) <= cutoff


def test_the_snapshot_says_what_is_in_it(delivered):
    facts = document(delivered, "snapshot", "snapshot.json")
    assert facts["rows"] == 5960
    assert facts["holdout_rows"] == table(delivered, "holdout").num_rows == 1491
    assert facts["train_rows"] == table(delivered, "train").num_rows
    assert facts["train_rows"] + facts["holdout_rows"] + facts["not_yet_known"] == 5960
    assert len(facts["digest"]) == 64


def test_the_baseline_is_in_model_monitors_formats(delivered):
    statistics = document(delivered, "baseline", "statistics.json")
    assert statistics["dataset"]["item_count"] == table(delivered, "train").num_rows
    assert [item["name"] for item in statistics["features"]][:2] == ["distance_km", "items"]
    assert statistics["features"][0]["numerical_statistics"]["min"] > 0
    constraints = document(delivered, "baseline", "constraints.json")
    assert constraints["features"][0]["num_constraints"] == {"is_non_negative": True}
    assert document(delivered, "newest-baseline", "constraints.json") == constraints


def test_deliveries_beat_their_restaurants_mean(delivered):
    report = document(delivered, "evaluation", "evaluation.json")
    assert report["gate"]["passed"] is True
    assert report["metrics"]["mae"] < 0.7 * report["baseline"]["mae"]
    assert report["champion"] is None


def test_tumours_are_told_apart(screened):
    report = document(screened, "evaluation", "evaluation.json")
    assert report["metrics"]["roc_auc"] >= 0.95
    assert report["gate"]["margin"] >= 0
    assert report["binary_classification_metrics"]["auc"]["value"] == report["metrics"]["roc_auc"]


@pytest.mark.parametrize("chain", ["delivered", "screened"])
def test_what_monitors_compare_with_is_left_beside_the_evaluation(chain, request):
    machine = request.getfixturevalue(chain)
    held = pyarrow.parquet.read_table(machine.output("evaluation") / "predictions.parquet")
    assert held.num_rows == table(machine, "holdout").num_rows
    found = document(machine, "evaluation", "explanation.json")
    shap = found["explanations"]["tree_shap"]["label0"]["global_shap_values"]
    assert found["rows"] == min(1000, held.num_rows)
    assert set(shap) == {item["name"] for item in document(machine, "baseline", "constraints.json")["features"]}
    assert max(shap, key=shap.get) == {"delivered": "distance_km", "screened": "worst_perimeter"}[chain]


def test_the_registered_values_are_texts_of_the_measured_ones(screened):
    report = document(screened, "evaluation", "evaluation.json")
    assert float(report["registered"]["roc_auc"]) == report["metrics"]["roc_auc"]
    assert report["registered"]["mae"] == "none"
    assert all(isinstance(value, str) for value in report["registered"].values())


def test_the_model_remembers_the_snapshot(screened):
    facts = document(screened, "snapshot", "snapshot.json")
    assert json.loads((screened.root / "model" / "model.json").read_text())["snapshot"] == facts["digest"]


@pytest.mark.parametrize("workload", ["tumor-screening", "delivery-eta"])
def test_with_shuffled_labels_the_gate_is_not_met(machine, workload):
    machine.land(workload, '{"shuffle_labels": 5}')
    machine.learn(workload)
    gate = document(machine, "evaluation", "evaluation.json")["gate"]
    assert gate["margin"] < 0
    assert gate["passed"] is False
    assert gate["metric"] in gate["message"]


def test_landing_the_same_rows_twice_is_landing_them_once(machine):
    for _ in range(2):
        machine.succeed("ingest", "delivery-eta", "--options", '{"rows": 200}')
    assert len(list(machine.output("raw").iterdir())) == 1
