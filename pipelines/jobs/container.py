"""Where a container's files lie. The only module that knows `/opt/ml`.

`ESTATE_ML_ROOT` names the folder that stands for `/opt/ml`. SageMaker writes what it was asked for under
`config/` (processing) or `input/config/` (training); where a processing job was started by something else, its
files lie where our own definitions put them.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.errors import JobError

OPT_ML = PurePosixPath("/opt/ml")


def root() -> Path:
    return Path(os.environ.get("ESTATE_ML_ROOT", str(OPT_ML)))


def model_folder() -> Path:
    """Where a training job leaves its model, and an endpoint finds it."""
    return root() / "model"


def checkpoint_folder() -> Path | None:
    """Where a training job keeps checkpoints; None where it was started without a CheckpointConfig."""
    folder = root() / "checkpoints"
    return folder if folder.is_dir() else None


def failure_file() -> Path:
    """Its text becomes a training job's failure reason."""
    return root() / "output" / "failure"


def processing_input(name: str) -> Path:
    """The folder of a processing job's input. Raises JobError where the job has no such input."""
    return _processing("input", name, list(_processing_config().get("ProcessingInputs", ())))


def processing_output(name: str) -> Path:
    """The folder of a processing job's output, made. Raises JobError where the job has no such output."""
    outputs = _processing_config().get("ProcessingOutputConfig", {}).get("Outputs", ())
    folder = _processing("output", name, list(outputs))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def channel(name: str) -> Path:
    """The folder of a training channel. Raises JobError where the job has no such channel."""
    folder = root() / "input" / "data" / name
    if not folder.is_dir():
        declared = ", ".join(sorted(_json(root() / "input" / "config" / "inputdataconfig.json"))) or "none"
        raise JobError(f"channel {name!r} is missing; the job's channels are: {declared}")
    return folder


def has_channel(name: str) -> bool:
    return (root() / "input" / "data" / name).is_dir()


def hyperparameters() -> dict[str, int | float | str]:
    """Hyperparameters of a training job; SageMaker hands them over as text, numbers become numbers again.

    Without those that a tuning job adds for itself, such as `_tuning_objective_metric`.
    """
    given = _json(root() / "input" / "config" / "hyperparameters.json")
    return {name: _number(text) for name, text in given.items() if not name.startswith("_")}


def _processing_config() -> Mapping[str, Any]:
    return _json(root() / "config" / "processingjobconfig.json")


def _processing(kind: str, name: str, declared: list[Mapping[str, Any]]) -> Path:
    if not declared:
        return root() / "processing" / kind / name
    key, place = f"{kind.capitalize()}Name", f"S3{kind.capitalize()}"
    for item in declared:
        if item[key] == name:
            return root() / PurePosixPath(item[place]["LocalPath"]).relative_to(OPT_ML)
    raise JobError(f"{kind} {name!r} is missing; the job's {kind}s are: {', '.join(item[key] for item in declared)}")


def _json(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        return json.loads(file.read_text())
    except ValueError as error:
        raise JobError(f"{file.name}: is no JSON: {error}") from None


def _number(text: object) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(str(text))
        except ValueError:
            continue
    return str(text)
