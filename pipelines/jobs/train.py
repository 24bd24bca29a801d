"""Learns a model from the training channel, and leaves it where SageMaker collects it.

With a channel `validation` it says the gate's metric on those rows, as `validation:<metric>=<value>`: what a tuning job
searches by. The model learns nothing from them.
"""

import argparse
import inspect
import json
import sys

from contracts.pipelines import File
from pipelines import tables, workload
from pipelines.checkpoints import latest
from pipelines.jobs import container
from pipelines.jobs.command import run, say
from pipelines.scores import SCORES

VALIDATION = "validation"


def main(arguments: argparse.Namespace) -> None:
    code = workload.load(arguments.workload)
    described = code.contract
    rows = tables.read(container.channel("train") / File.TRAIN, [*described.features, described.data.label])
    facts = json.loads((container.channel("snapshot") / File.SNAPSHOT).read_text())
    hyperparameters = {**described.training.hyperparameters, **container.hyperparameters()}
    # A workload's own `train` may do without checkpoints: then an interrupted job begins again.
    takes = "checkpoints" in inspect.signature(code.model.train).parameters
    folder = container.checkpoint_folder() if takes else None
    kept = {} if folder is None else {"checkpoints": folder}
    if folder is not None and (found := latest(folder)) is not None:
        say(f"goes on from checkpoint {found.stem}")
    model = code.model.train(described, rows, hyperparameters, facts["digest"], **kept)
    code.model.save(model, container.model_folder())
    if container.has_channel(VALIDATION):
        held = tables.read(container.channel(VALIDATION) / File.HOLDOUT, [*described.features, described.data.label])
        metric = described.gate.metric
        value = SCORES[metric](held[described.data.label], code.model.predict(model, held))
        say(f"{VALIDATION}:{metric}={value:.6g}")
    say(
        f"learned from {facts['train_rows']} rows of snapshot {facts['digest'][:12]} with {json.dumps(hyperparameters)}"
    )


def program() -> int:
    """`train`: as the module, for whoever names no command. ESTATE_WORKLOAD then names the workload."""
    return run("train", main, training=True)


if __name__ == "__main__":
    sys.exit(program())
