"""What a release was judged on: its held-out predictions and what they rested on, written when it was evaluated."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy

from contracts.pipelines import File
from pipelines import arrays, aws, releases, tables
from pipelines.monitors import attribution
from pipelines.monitors.attribution import Explanation

PREDICTION, LABEL = "prediction", "label"


@dataclass(frozen=True)
class Reference:
    """Held-out predictions and labels, and the explanation of them; None where the model cannot be explained."""

    predictions: numpy.ndarray
    labels: numpy.ndarray
    explanation: Explanation | None


def write(file: Path, predictions: numpy.ndarray, labels: numpy.ndarray) -> None:
    """File.PREDICTIONS."""
    connection = tables.connect()
    held = arrays.table({PREDICTION: predictions.astype(float), LABEL: labels.astype(float)})
    connection.register("held", held)
    tables.write(connection, "SELECT * FROM held", file)


def read(release: str) -> Reference | None:
    """Of a model package; None where it was registered without one."""
    uri = releases.evaluation_uri(release)
    if uri is None:
        return None
    missing = aws.client("s3").exceptions.NoSuchKey
    with tempfile.TemporaryDirectory() as scratch:
        try:
            file = aws.download(f"{uri}/{File.PREDICTIONS}", Path(scratch, File.PREDICTIONS))
        except missing:
            return None
        held = tables.read(file, [PREDICTION, LABEL])
        try:
            explained = aws.download(f"{uri}/{File.EXPLANATION}", Path(scratch, File.EXPLANATION)).read_text()
        except missing:
            explained = None
    explanation = None if explained is None else attribution.parse(explained)
    return Reference(held[PREDICTION], held[LABEL], explanation)
