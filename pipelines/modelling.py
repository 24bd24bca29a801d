"""Gradient-boosted trees: what the `model.py` of most workloads needs, and no more.

The same rows and hyperparameters give the same model, byte for byte: histogram trees, one thread, a fixed seed.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy

from contracts.workload import Workload
from pipelines.checkpoints import Checkpoints, interval
from pipelines.errors import JobError

if TYPE_CHECKING:
    from pipelines.boosting import Booster

Columns = Mapping[str, numpy.ndarray]
Hyperparameters = Mapping[str, int | float | str]

TREES = "model.ubj"
FACTS = "model.json"
OBJECTIVES = {"binary-classification": "binary:logistic", "regression": "reg:squarederror"}
ROUNDS = "rounds"
KNOWN = {
    ROUNDS: "boosting rounds",
    "max_depth": "depth of a tree",
    "learning_rate": "share of each tree's step",
    "subsample": "share of rows a tree sees",
    "colsample_bytree": "share of features a tree sees",
    "min_child_weight": "least weight of a leaf",
    "gamma": "least gain of a split",
    "reg_alpha": "L1 penalty",
    "reg_lambda": "L2 penalty",
    "objective": "what is minimised; by default after the task",
    "seed": "seed of all sampling",
}


@dataclass(frozen=True)
class Model:
    """Trees, the features they take in this order, and what was true of the rows they learned from."""

    trees: "Booster"
    features: tuple[str, ...]
    mean_label: float
    snapshot: str


def train(
    workload: Workload, rows: Columns, hyperparameters: Hyperparameters, snapshot: str, checkpoints: Path | None = None
) -> Model:
    """Learns `workload.data.label` from its features. `rows` has an array a column; `snapshot` is their digest.

    With a folder for `checkpoints` it goes on from the newest one there of the same rows and hyperparameters, and
    writes more. Raises JobError for an unknown hyperparameter, and when it runs past `training.max_runtime_seconds`.
    """
    unknown = sorted(hyperparameters.keys() - KNOWN.keys())
    if unknown:
        raise JobError(f"hyperparameter {', '.join(unknown)} is unknown; allowed are: {', '.join(KNOWN)}")
    from pipelines import boosting

    settings = {"objective": OBJECTIVES[workload.task], "seed": 7, **hyperparameters}
    rounds = int(settings.pop(ROUNDS, 200))
    kept = None
    if checkpoints is not None:
        kept = Checkpoints(checkpoints, {**settings, "snapshot": snapshot, "rounds": rounds})
    begun, done = kept.newest() if kept is not None else (None, 0)

    class Watch(boosting.TrainingCallback):
        end = time.monotonic() + workload.training.max_runtime_seconds

        def after_iteration(self, model: "Booster", epoch: int, evals_log: object) -> bool:
            if time.monotonic() > self.end:
                raise JobError(f"training ran past max_runtime_seconds {workload.training.max_runtime_seconds}")
            if kept is not None and (finished := model.num_boosted_rounds()) % interval(rounds) == 0:
                kept.keep(model, finished)
            return False

    features = tuple(workload.features)
    labels = numpy.asarray(rows[workload.data.label], dtype=float)
    matrix = boosting.DMatrix(matrix_of(features, rows), labels, feature_names=list(features), nthread=1)
    fixed = {"tree_method": "hist", "nthread": 1, "verbosity": 0}
    left = rounds - done
    trees = boosting.train({**settings, **fixed}, matrix, left, callbacks=[Watch()], xgb_model=begun)
    return Model(trees, features, float(labels.mean()), snapshot)


def predict(model: Model, rows: Columns) -> numpy.ndarray:
    """A probability (classification) or a value in the label's unit (regression) for each row."""
    # In place and without comparing names, which takes longer than the trees; `matrix_of` has them in the right order.
    return model.trees.inplace_predict(matrix_of(model.features, rows), validate_features=False)


def matrix_of(features: tuple[str, ...], rows: Columns) -> numpy.ndarray:
    """Rows by features; what is missing is NaN."""
    matrix = numpy.empty((len(rows[features[0]]), len(features)), dtype=numpy.float32)
    for place, name in enumerate(features):
        matrix[:, place] = rows[name]
    return matrix


def save(model: Model, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    model.trees.save_model(folder / TREES)
    facts = {"features": model.features, "mean_label": model.mean_label, "snapshot": model.snapshot}
    (folder / FACTS).write_text(json.dumps(facts, indent=2) + "\n")


def load(folder: Path) -> Model:
    """Raises JobError where the folder holds no model, or none that can be read."""
    if not (folder / TREES).is_file() or not (folder / FACTS).is_file():
        raise JobError(f"{folder}: holds no model; {TREES} and {FACTS} are expected")
    from pipelines import boosting

    try:
        facts = json.loads((folder / FACTS).read_text())
        trees = boosting.Booster({"nthread": 1}, model_file=folder / TREES)
        return Model(trees, tuple(facts["features"]), facts["mean_label"], facts["snapshot"])
    except (ValueError, KeyError) as error:  # what XGBoost raises is a ValueError
        said = str(error).strip().splitlines() or [""]
        raise JobError(f"{folder}: its model cannot be read: {type(error).__name__}: {said[0]}") from None
