"""Bad versions load as good ones do, and differ from them in what they are bad at alone."""

import json

import numpy
import pytest

from estate.rehearsal.stage import StageFailed
from estate.rehearsal.versions import ABSENT_FEATURE, Files, failing, pack, unpack, worse
from pipelines import boosting
from pipelines.modelling import FACTS, TREES

ROWS = numpy.random.default_rng(7).normal(size=(200, 2))
LABELS = 10 + 3 * ROWS[:, 0] - ROWS[:, 1]


@pytest.fixture(scope="module")
def good() -> Files:
    matrix = boosting.DMatrix(ROWS, label=LABELS, feature_names=["a", "b"])
    trees = boosting.train({"objective": "reg:squarederror", "nthread": 1, "base_score": 10.0}, matrix, 20)
    return {
        f"model/{TREES}": bytes(trees.save_raw("ubj")),
        f"model/{FACTS}": json.dumps({"features": ["a", "b"]}).encode(),
    }


def predictions(files: Files) -> numpy.ndarray:
    trees = boosting.Booster({"nthread": 1})
    trees.load_model(bytearray(files[f"model/{TREES}"]))
    return trees.predict(boosting.DMatrix(ROWS, feature_names=["a", "b"]))


def test_the_worse_one_says_the_contrary_of_what_was_learned(good: Files):
    bad = worse(good)
    assert bad[f"model/{FACTS}"] == good[f"model/{FACTS}"]
    assert predictions(bad) - 10 == pytest.approx(-(predictions(good) - 10), abs=1e-4)
    assert numpy.abs(predictions(good) - LABELS).mean() < 1 < numpy.abs(predictions(bad) - LABELS).mean()


def test_the_failing_one_asks_for_a_feature_that_nobody_sends(good: Files):
    bad = failing(good)
    assert json.loads(bad[f"model/{FACTS}"])["features"] == ["a", ABSENT_FEATURE]
    assert bad[f"model/{TREES}"] == good[f"model/{TREES}"]


def test_an_archive_is_the_same_after_packing(good: Files):
    assert unpack(pack(good)) == good


def test_a_model_of_another_kind_is_refused(good: Files):
    with pytest.raises(StageFailed, match=f"the model's archive has no {TREES}; it holds: weights.bin"):
        worse({"weights.bin": b""})
