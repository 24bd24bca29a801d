"""Requests to a live endpoint, as any client of boto3 would send them."""

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from contracts.workload import Workload
from estate.rehearsal.context import Rehearsal

if TYPE_CHECKING:
    import pandas

BATCH = 100  # rows a request; SageMaker takes 25 MB


def send(rehearsal: Rehearsal, model: str, rows: "pandas.DataFrame") -> tuple[list[float], float]:
    """Predictions for `rows`, in their order, and the seconds that all requests took."""
    workload = rehearsal.stories[model].workload
    names = list(workload.features)
    client = rehearsal.cloud.client("sagemaker-runtime")
    endpoint = rehearsal.outputs(model).endpoint
    predictions: list[float] = []
    started = time.monotonic()
    for first in range(0, len(rows), BATCH):
        batch = rows.iloc[first : first + BATCH]
        answer = client.invoke_endpoint(
            EndpointName=endpoint,
            ContentType="application/json",
            # The keys let the monitors find the rows' labels once they have arrived.
            Body=json.dumps(
                {
                    "instances": json.loads(batch[names].to_json(orient="records")),
                    "keys": batch[workload.data.key].astype(str).tolist(),
                }
            ),
        )
        predictions += json.loads(answer["Body"].read())["predictions"]
    return predictions, time.monotonic() - started


def measure(workload: Workload, labels: Sequence[float], predictions: Sequence[float]) -> float:
    """The workload's gate metric."""
    from sklearn.metrics import mean_absolute_error, roc_auc_score

    score = {"roc_auc": roc_auc_score, "mae": mean_absolute_error}[workload.gate.metric]
    return float(score(labels, predictions))
