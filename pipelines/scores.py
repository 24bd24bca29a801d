"""How good predictions are. Plain NumPy: scikit-learn's own take seconds to import, in every job."""

import numpy

from contracts.workload import Direction, Workload
from pipelines.errors import JobError


def roc_auc(labels: numpy.ndarray, scores: numpy.ndarray) -> float:
    """Area under the ROC curve, from ranks; ties count half. Labels are 0 and 1, and both must occur."""
    positive = labels > 0.5
    count, rest = int(positive.sum()), int((~positive).sum())
    if not count or not rest:
        raise JobError("roc_auc: the held-out rows have one class only; hold out more rows")
    _, place, times = numpy.unique(scores, return_inverse=True, return_counts=True)
    ranks = (numpy.cumsum(times) - (times - 1) / 2)[place]
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * rest))


def mae(labels: numpy.ndarray, predictions: numpy.ndarray) -> float:
    """Mean absolute error, in the label's unit."""
    return float(numpy.abs(labels - predictions).mean())


SCORES = {"roc_auc": roc_auc, "mae": mae}


def gain(workload: Workload, value: float, other: float) -> float:
    """How much smaller the error of `value` is than that of `other`, as a share of the latter; negative if larger.

    The error of a ROC AUC is its distance from 1.
    """
    if workload.gate.direction is Direction.MAXIMIZE:
        value, other = 1 - value, 1 - other
    return 1 - value / other if other > 0 else -value
