import numpy
import pytest

from pipelines import modelling, workload
from pipelines.errors import JobError

TUMOR = workload.load("tumor-screening")


@pytest.fixture(scope="module")
def rows():
    table = TUMOR.data.rows({})
    return {name: table[name].to_numpy() for name in [*TUMOR.contract.features, "malignant"]}


def learned(rows, **changes):
    hyperparameters = {**TUMOR.contract.training.hyperparameters, "rounds": 20, **changes}
    return modelling.train(TUMOR.contract, rows, hyperparameters, "digest")


def test_the_same_rows_give_the_same_bytes(rows, tmp_path):
    for name in ("one", "other"):
        modelling.save(learned(rows), tmp_path / name)
    for file in (modelling.TREES, modelling.FACTS):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


def test_a_loaded_model_predicts_what_it_did_before(rows, tmp_path):
    model = learned(rows)
    modelling.save(model, tmp_path)
    loaded = modelling.load(tmp_path)
    assert numpy.array_equal(modelling.predict(loaded, rows), modelling.predict(model, rows))
    assert loaded.features == tuple(TUMOR.contract.features)
    assert loaded.mean_label == pytest.approx(212 / 569)
    assert loaded.snapshot == "digest"


def test_the_order_of_the_given_columns_does_not_matter(rows):
    model = learned(rows)
    turned = dict(reversed(rows.items()))
    assert numpy.array_equal(modelling.predict(model, turned), modelling.predict(model, rows))


def test_an_unknown_hyperparameter_is_refused(rows):
    with pytest.raises(JobError, match=r"hyperparameter depth is unknown; allowed are: rounds, max_depth"):
        learned(rows, depth=3)


def test_training_past_its_time_is_ended(rows, monkeypatch):
    ticks = iter(range(0, 10**9, 3000))
    monkeypatch.setattr(modelling.time, "monotonic", lambda: next(ticks))
    with pytest.raises(JobError, match="training ran past max_runtime_seconds 3600"):
        learned(rows)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(JobError, match=r"holds no model; model\.ubj and model\.json are expected"):
        modelling.load(tmp_path)


def stopped_after(rows, folder, rounds):
    """Trains with checkpoints, and is killed when it has done `rounds` of 100."""

    class Killed(Exception):
        pass

    class Clock:
        @staticmethod
        def monotonic():
            if next(ends, True):
                raise Killed
            return 0.0

    ends = iter([False] * rounds + [True])  # the first look is at the start
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(modelling, "time", Clock)
        with pytest.raises(Killed):
            modelling.train(TUMOR.contract, rows, {"rounds": 100}, "digest", folder)


def test_an_interrupted_training_goes_on_from_its_newest_checkpoint(rows, tmp_path):
    stopped_after(rows, tmp_path, 37)
    assert {file.name for file in tmp_path.glob("*.ubj")} == {"rounds-10.ubj", "rounds-20.ubj", "rounds-30.ubj"}
    whole = modelling.train(TUMOR.contract, rows, {"rounds": 100}, "digest")

    resumed = modelling.train(TUMOR.contract, rows, {"rounds": 100}, "digest", tmp_path)

    assert resumed.trees.num_boosted_rounds() == 100
    numpy.testing.assert_allclose(modelling.predict(resumed, rows), modelling.predict(whole, rows), rtol=1e-4)
    assert {file.name for file in tmp_path.glob("*.ubj")} == {f"rounds-{n}.ubj" for n in (60, 70, 80, 90, 100)}


@pytest.mark.parametrize(("snapshot", "rounds"), [("another", 100), ("digest", 60)])
def test_a_checkpoint_of_another_task_is_not_gone_on_from(rows, tmp_path, snapshot, rounds):
    stopped_after(rows, tmp_path, 37)

    model = modelling.train(TUMOR.contract, rows, {"rounds": rounds}, snapshot, tmp_path)

    assert numpy.array_equal(
        modelling.predict(model, rows),
        modelling.predict(modelling.train(TUMOR.contract, rows, {"rounds": rounds}, snapshot), rows),
    )
