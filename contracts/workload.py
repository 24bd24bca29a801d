"""The schema of `workload.yaml`: what a model is for, its data contract, its features, its gate and its monitors.

A workload is a folder `pipelines/workloads/<name with underscores>/` with `workload.yaml`, `data.py`, `features.py`,
`model.py` and `inference.py`. Tables, feature groups, validation, training and monitoring all read this one file.
"""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from contracts.instances import job_instance
from contracts.monitors import ClassBias, DriftMonitor, Monitors, ValueBias

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnType(StrEnum):
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"


GLUE_TYPES = {
    ColumnType.STRING: "string",
    ColumnType.INTEGER: "bigint",
    ColumnType.NUMBER: "double",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.TIMESTAMP: "timestamp",
}
# SageMaker Feature Store knows three; a timestamp is stored as ISO 8601 text, a boolean as 0 or 1.
FEATURE_STORE_TYPES = {
    ColumnType.STRING: "String",
    ColumnType.INTEGER: "Integral",
    ColumnType.NUMBER: "Fractional",
    ColumnType.BOOLEAN: "Integral",
    ColumnType.TIMESTAMP: "String",
}


class RiskTier(StrEnum):
    """Risk classes of the EU AI Act, Regulation (EU) 2024/1689."""

    MINIMAL = "minimal"
    LIMITED = "limited"
    HIGH = "high"


class Purpose(Part):
    problem: str = Field(description="What is decided or estimated, in one sentence.")
    users: str = Field(description="Who acts on the prediction.")
    success: str = Field(description="The metric that tells whether it helps them.")
    risk: RiskTier = Field(description="Risk class; decides what evidence a release needs.")


class Column(Part):
    type: ColumnType
    description: str
    nullable: bool = Field(default=False, description="Whether a row may lack the value.")
    unique: bool = Field(default=False, description="Whether two rows with one value are an error.")
    minimum: float | None = Field(default=None, description="Smallest allowed value; unbounded if left out.")
    maximum: float | None = Field(default=None, description="Largest allowed value; unbounded if left out.")
    allowed: tuple[str, ...] | None = Field(default=None, description="The only allowed values; any if left out.")
    pii: bool = Field(default=False, description="Personal data: tagged in the catalog, never a feature.")


class Data(Part):
    key: str = Field(description="Column that identifies a row.")
    event_time: str = Field(description="Column with the time at which the prediction is asked for.")
    label: str = Field(description="Column with the observed outcome.")
    label_time: str = Field(description="Column with the time at which the outcome became known.")
    arrival_time: str = Field(description="Column with the time at which the row reached the lake.")
    columns: dict[str, Column] = Field(min_length=3)
    max_bad_share: float = Field(
        default=0.2, ge=0, le=1, description="Share of bad rows above which nothing of the landed rows is accepted."
    )


class Feature(Part):
    type: Literal[ColumnType.INTEGER, ColumnType.NUMBER]
    description: str
    nullable: bool = Field(default=False, description="Whether a request may lack it; the model then sees it missing.")
    drift: bool = Field(default=True, description="Whether the drift monitor watches it.")
    categorical: bool = Field(
        default=False, description="Whether its numbers are levels; drift is then in the levels' shares."
    )


class Direction(StrEnum):
    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"


class Gate(Part):
    """What a candidate must reach before it is registered."""

    metric: Literal["roc_auc", "mae"]
    direction: Direction
    threshold: float = Field(description="Worst value of `metric` on held-out rows that still passes.")
    baseline_gain: float = Field(
        ge=0, lt=1, description="Least relative improvement over the naive baseline (0.2: its error falls by a fifth)."
    )
    baseline: str | None = Field(
        default=None, description="Feature that is itself a naive estimate of the label; by default the mean label."
    )
    champion_tolerance: float = Field(
        default=0.02, ge=0, lt=1, description="Relative loss against the served release that still passes."
    )


class Training(Part):
    instance_type: Annotated[str, AfterValidator(job_instance)] = Field(
        default="ml.m5.xlarge", description="Instance type of the training job, without local storage."
    )
    max_runtime_seconds: int = Field(default=3600, ge=60, le=432000)
    hyperparameters: dict[str, int | float | str] = Field(default_factory=dict)
    holdout_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.25
    window_days: int | None = Field(
        default=None, ge=1, description="Only rows of the last days before the newest are learned from; all by default."
    )


class Rehearsal(Part):
    """What a rehearsal asks of the workload's own `data.rows`."""

    ingest: dict[str, int | float | str | bool] = Field(
        default_factory=dict, description="Options of the first landing; the workload's defaults if left out."
    )
    drifted: dict[str, int | float | str | bool] | None = Field(
        default=None, description="Options that land later, drifted, labelled rows; without them no drift is shown."
    )


class Workload(Part):
    name: str = Field(description="Lower case words joined by hyphens; its folder has underscores instead.")
    task: Literal["binary-classification", "regression"]
    synthetic: bool = Field(description="Whether the rows come from a generator and not from the world.")
    source: str = Field(description="Where the rows come from, with licence.")
    purpose: Purpose
    data: Data
    features: dict[str, Feature] = Field(min_length=1)
    gate: Gate
    training: Training = Training()
    drift: DriftMonitor = DriftMonitor()
    monitors: Monitors = Monitors()
    rehearsal: Rehearsal = Rehearsal()

    @model_validator(mode="after")
    def _names_agree(self) -> "Workload":
        if not NAME.fullmatch(self.name) or len(self.name) > 32:
            raise ValueError(f"name {self.name!r} must be lower case words joined by hyphens, 32 characters at most")
        named = (self.data.key, self.data.event_time, self.data.label, self.data.label_time, self.data.arrival_time)
        for column in named:
            if column not in self.data.columns:
                raise ValueError(f"data names column {column!r}; columns are {', '.join(self.data.columns)}")
        for name in (self.data.event_time, self.data.label_time, self.data.arrival_time):
            if self.data.columns[name].type is not ColumnType.TIMESTAMP:
                raise ValueError(f"column {name!r} must be a timestamp")
        if self.data.label in self.features:
            raise ValueError(f"the label {self.data.label!r} cannot be a feature")
        if self.gate.baseline is not None and self.gate.baseline not in self.features:
            raise ValueError(f"gate.baseline {self.gate.baseline!r} is no feature; they are {', '.join(self.features)}")
        if self.features.keys() & {self.data.key, self.data.event_time, self.data.label_time, self.data.arrival_time}:
            raise ValueError("the key and the times cannot be features")
        leaked = [name for name in self.features if name in self.data.columns and self.data.columns[name].pii]
        if leaked:
            raise ValueError(f"personal data cannot be a feature: {', '.join(leaked)}")
        return self

    @model_validator(mode="after")
    def _bias_can_be_told(self) -> "Workload":
        bias, known = self.monitors.bias, {*self.features, *self.data.columns}
        for name, facet in bias.facets.items():
            if facet.column not in known or facet.column == self.data.label:
                raise ValueError(f"monitors.bias.facets.{name}: {facet.column!r} is no feature and no column")
        fitting = get_args(ClassBias if self.task == "binary-classification" else ValueBias)
        for metric in bias.bounds:
            if metric not in fitting:
                raise ValueError(f"monitors.bias.bounds: {metric} is none of {self.task}: {', '.join(fitting)}")
        return self


def feature_row(workload: Workload) -> dict[str, ColumnType]:
    """Columns of a row of features, in order: key, times, label, features. The lake's feature table has these."""
    data = workload.data
    named = (data.key, data.event_time, data.label_time, data.arrival_time, data.label)
    return {
        **{name: data.columns[name].type for name in named},
        **{name: feature.type for name, feature in workload.features.items()},
    }


def online_row(workload: Workload) -> dict[str, ColumnType]:
    """Columns of a record in the online feature store: the key, the event time, the features; never the label."""
    data = workload.data
    hidden = (data.label, data.label_time, data.arrival_time)
    return {name: kind for name, kind in feature_row(workload).items() if name not in hidden}


FEATURES_PARTITION = "event_month"
"""Partition of the feature table, such as `2026-01`; the files lie under `<features_uri>/rows/event_month=<month>/`."""


def folder_name(workload: str) -> str:
    """The folder, and Python package, of a workload: `delivery-eta` lies in `delivery_eta`."""
    return workload.replace("-", "_")


class WorkloadError(Exception):
    """A workload is missing or wrong. The message has one line for each fault: file, key, what is wrong."""


def read_workload(folder: Path) -> Workload:
    """The workload in `folder`. Raises WorkloadError."""
    file = folder / "workload.yaml"
    if not file.is_file():
        raise WorkloadError(f"{folder.name}: has no workload.yaml; docs/add-a-model.md says what belongs in it")
    try:
        workload = Workload.model_validate(YAML(typ="safe", pure=True).load(file))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise WorkloadError(f"{folder.name}/workload.yaml:{line}: {error.problem}") from None
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, e['loc'])) or 'workload'}: {e['msg']}" for e in error.errors())
        raise WorkloadError("\n".join(f"{folder.name}/workload.yaml: {line}" for line in lines)) from None
    if folder_name(workload.name) != folder.name:
        raise WorkloadError(
            f"{folder.name}/workload.yaml: name {workload.name!r} belongs into a folder {folder_name(workload.name)!r}"
        )
    return workload
