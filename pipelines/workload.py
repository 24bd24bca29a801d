"""A workload's contract and code, found by its name."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

import numpy
import pyarrow

from contracts.workload import Workload, WorkloadError, folder_name, read_workload
from pipelines.errors import JobError
from pipelines.modelling import Columns, Hyperparameters, Model

Explain = Callable[[Model, Columns], numpy.ndarray]
FOLDER = Path(__file__).parent / "workloads"


class DataCode(Protocol):
    """`data.py`."""

    def rows(self, options: Mapping[str, object]) -> pyarrow.Table:
        """The rows to land, with the contract's columns; a pandas frame does as well. Raises ValueError."""


class FeatureCode(Protocol):
    """`features.py`."""

    SQL: str
    """One query over the table `rows`, the curated rows of all time. Gives the key and the features; for each row
    only from what was known at its event time. In SQL that DuckDB runs and Trino, Athena's engine, documents too."""


class ModelCode(Protocol):
    """`model.py`."""

    def train(self, workload: Workload, rows: Columns, hyperparameters: Hyperparameters, snapshot: str) -> Model: ...

    def save(self, model: Model, folder: Path) -> None: ...

    def load(self, folder: Path) -> Model: ...

    def predict(self, model: Model, rows: Columns) -> numpy.ndarray: ...

    # `explain(model, rows) -> numpy.ndarray`, SHAP values, rows by features in the contract's order, may be left out.


class InferenceCode(Protocol):
    """`inference.py`."""

    def parse(self, workload: Workload, body: bytes, content_type: str) -> Columns:
        """The features of a request, one array a feature. Raises JobError."""

    def respond(self, predictions: numpy.ndarray) -> dict[str, object]: ...


@dataclass(frozen=True)
class WorkloadCode:
    contract: Workload

    @property
    def data(self) -> DataCode:
        return cast(DataCode, self._module("data"))

    @property
    def features(self) -> FeatureCode:
        return cast(FeatureCode, self._module("features"))

    @property
    def model(self) -> ModelCode:
        return cast(ModelCode, self._module("model"))

    @property
    def explain(self) -> Explain | None:
        """`explain` of `model.py`; None where the model cannot say why it answers as it does."""
        return getattr(self._module("model"), "explain", None)

    @property
    def inference(self) -> InferenceCode:
        return cast(InferenceCode, self._module("inference"))

    def _module(self, part: str) -> ModuleType:
        # Each part when it is asked for: a job that moves rows must not wait for the model's libraries.
        name = f"pipelines.workloads.{folder_name(self.contract.name)}.{part}"
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name not in (name, name.rpartition(".")[0]):
                raise
            raise JobError(f"workload {self.contract.name}: has no {part}.py") from None


def load(name: str) -> WorkloadCode:
    """The workload called `name`. Raises JobError where there is none or its contract is wrong."""
    folder = FOLDER / folder_name(name)
    if not folder.is_dir():
        known = sorted(path.parent.name.replace("_", "-") for path in FOLDER.glob("*/workload.yaml"))
        raise JobError(f"workload {name!r} does not exist; there are: {', '.join(known)}")
    try:
        return WorkloadCode(read_workload(folder))
    except WorkloadError as error:
        raise JobError(str(error)) from None
