"""Wisconsin diagnostic breast cancer rows: real ones, from the file that ships inside scikit-learn.

The set has no times. So that it can be split, watched and joined like any other, each sample is given some, the same
in every run: the samples in a fixed shuffled order, one every two hours from 2026-01-05, the diagnosis two days
after the sample, the row in the lake one hour after the diagnosis. Nothing else is made up.
"""

import csv
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import distribution
from pathlib import Path

import numpy
import pyarrow
from pydantic import BaseModel, ConfigDict, Field

from pipelines import arrays

FILE = "sklearn/datasets/data/breast_cancer.csv"
QUANTITIES = (
    *("radius", "texture", "perimeter", "area", "smoothness"),
    *("compactness", "concavity", "concave_points", "symmetry", "fractal_dimension"),
)
MEASUREMENTS = tuple(f"{kind}_{quantity}" for kind in ("mean", "error", "worst") for quantity in QUANTITIES)
START = datetime(2026, 1, 5)
BETWEEN_SAMPLES_S, DIAGNOSIS_S, ARRIVAL_S = 2 * 3600, 48 * 3600, 3600
ORDER_SEED = 569


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    shuffle_labels: int | None = Field(
        default=None, ge=0, description="Seed to shuffle the diagnoses with, so that there is nothing to learn."
    )


def rows(options: Mapping[str, object]) -> pyarrow.Table:
    """569 rows. Raises ValueError for a wrong option."""
    chosen = Options.model_validate(options)
    values, malignant = _samples()
    order = numpy.random.default_rng(ORDER_SEED).permutation(len(values))
    values, malignant = values[order], malignant[order]
    if chosen.shuffle_labels is not None:
        malignant = numpy.random.default_rng(chosen.shuffle_labels).permutation(malignant)
    taken = numpy.datetime64(START, "us") + numpy.arange(len(values)) * numpy.timedelta64(BETWEEN_SAMPLES_S, "s")
    known = taken + numpy.timedelta64(DIAGNOSIS_S, "s")
    return arrays.table(
        {
            "sample_id": order.astype(numpy.int64),
            "sampled_at": taken,
            "diagnosed_at": known,
            "arrived_at": known + numpy.timedelta64(ARRIVAL_S, "s"),
            "malignant": malignant,
            **{name: values[:, place] for place, name in enumerate(MEASUREMENTS)},
        }
    )


def _samples() -> tuple[numpy.ndarray, numpy.ndarray]:
    """Measurements, and 1 for malignant; read from the file itself, since the package takes seconds to import."""
    file = Path(str(distribution("scikit-learn").locate_file(FILE)))
    with file.open(newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        table = numpy.array([[float(value) for value in line] for line in reader])
    return table[:, : len(MEASUREMENTS)], (table[:, -1] == 0).astype(numpy.int64)
