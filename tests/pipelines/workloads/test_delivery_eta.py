import numpy
import pytest

from pipelines import features, modelling, scores, tables, workload
from pipelines.monitors import data

ETA = workload.load("delivery-eta")
SEEDS = 50


def frame(last: int, **options: object) -> dict[str, numpy.ndarray]:
    """The newest `last` orders with features and label, as float arrays."""
    connection = tables.connect()
    connection.register("rows", ETA.data.rows(options))
    features.compute(connection, ETA.features.SQL, ETA.contract)
    names = [*ETA.contract.features, ETA.contract.data.label]
    chosen = ", ".join(f'CAST("{name}" AS DOUBLE) AS "{name}"' for name in names)
    found = connection.execute(f"SELECT {chosen} FROM features ORDER BY placed_at").fetchnumpy()  # noqa: S608
    return {name: numpy.ma.filled(found[name].astype(float), numpy.nan)[-last:] for name in names}


def live(seed: int, shift: float) -> dict[str, numpy.ndarray]:
    return frame(1500, rows=6000, seed=1000 + seed, start="2026-02-02", days=8, drift=shift)


def alarmed(baseline: dict[str, numpy.ndarray], rows: dict[str, numpy.ndarray]) -> bool:
    return any(shift.drifted for shift in data.look(ETA.contract, None, baseline, rows).shifts.values())


@pytest.fixture(scope="module")
def baseline():
    return frame(15_000, rows=20_000, seed=1)


def test_the_same_seed_gives_the_same_rows():
    assert ETA.data.rows({"rows": 500, "seed": 4}) == ETA.data.rows({"rows": 500, "seed": 4})
    assert ETA.data.rows({"rows": 500, "seed": 4}) != ETA.data.rows({"rows": 500, "seed": 5})


def test_rows_have_the_contracts_columns_in_order():
    assert ETA.data.rows({"rows": 100}).column_names == list(ETA.contract.data.columns)


def test_orders_are_placed_within_the_days_and_before_they_are_delivered():
    table = ETA.data.rows({"rows": 3000, "start": "2026-03-01", "days": 2})
    placed = table["placed_at"].to_numpy()
    assert placed.min() >= numpy.datetime64("2026-03-01")
    assert placed.max() <= numpy.datetime64("2026-03-03")
    assert (table["delivered_at"].to_numpy() > placed).all()
    assert (table["arrived_at"].to_numpy() >= table["delivered_at"].to_numpy()).all()


def test_chunks_join_in_time_with_keys_of_their_own(monkeypatch):
    monkeypatch.setattr("pipelines.workloads.delivery_eta.data.CHUNK", 400)
    table = ETA.data.rows({"rows": 1001})
    placed = table["placed_at"].to_numpy()
    assert table.num_rows == 1001
    assert (placed[1:] >= placed[:-1]).all()
    assert len(set(table["order_id"].to_pylist())) == 1001


def test_clean_samples_rarely_alarm(baseline):
    alarms = sum(alarmed(baseline, live(seed, 0)) for seed in range(SEEDS))
    assert alarms <= 0.05 * SEEDS


def test_the_stated_shift_nearly_always_alarms(baseline):
    shift = ETA.contract.drift.stated_shift
    alarms = sum(alarmed(baseline, live(seed, shift)) for seed in range(SEEDS))
    assert alarms >= 0.95 * SEEDS


def test_learning_again_beats_the_first_model_on_drifted_orders(baseline):
    hyperparameters = ETA.contract.training.hyperparameters
    drifted = frame(12_000, rows=12_000, seed=2, start="2026-02-02", days=27, drift=1.0)
    older = {name: values[:9000] for name, values in drifted.items()}
    newer = {name: values[9000:] for name, values in drifted.items()}
    first = modelling.train(ETA.contract, baseline, hyperparameters, "first")
    second = modelling.train(ETA.contract, older, hyperparameters, "second")
    errors = [scores.mae(newer["delivery_minutes"], modelling.predict(m, newer)) for m in (first, second)]
    assert errors[1] < 0.5 * errors[0]
