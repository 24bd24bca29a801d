"""What is watched of a model, and how far each thing may move: the monitor parts of `workload.yaml`."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator


class Monitor(StrEnum):
    """What is watched; also the folder of its documents below a report."""

    QUALITY = "data-quality"
    DRIFT = "data-drift"
    PREDICTIONS = "prediction-drift"
    CONCEPT = "concept-drift"
    PERFORMANCE = "model-quality"
    BIAS = "bias"
    ATTRIBUTION = "attribution-drift"
    BUSINESS = "business"  # what the model is for, where its workload says how that is counted
    EXPERIMENT = "experiment"  # an A/B or shadow test, while there is one


class Watch(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DriftMonitor(Watch):
    """Data and prediction drift: a feature has drifted where its change is certain and large.

    Certain: a test's p-value falls under Holm's correction over all features and tests. Large: a distance exceeds its
    bound by more than a sample of that size shows by itself.
    """

    significance: float = Field(default=0.01, gt=0, lt=0.5, description="Family-wise false alarm rate a run.")
    minimum_rows: int = Field(default=100, ge=20, description="With fewer captured rows, nothing is concluded.")
    effect: float = Field(
        default=0.1,
        gt=0,
        lt=1,
        description="Least distance that is drift: KS statistic of a number, change of a level's share of a category.",
    )
    psi: float = Field(
        default=0.2,
        gt=0,
        description="Least population stability index that is drift, over what the sample's size explains.",
    )
    stated_shift: float = Field(
        default=0.5, gt=0, description="Drift that must be caught, in the unit of the workload's own generator."
    )


class LabelMonitor(Watch):
    """Concept drift and model quality, once the labels of captured requests have arrived."""

    significance: float = Field(default=0.01, gt=0, lt=0.5, description="False alarm rate of each of the two a run.")
    minimum_rows: int = Field(default=100, ge=30, description="With fewer labelled rows, nothing is concluded.")
    effect: float = Field(
        default=0.25,
        gt=0,
        description="Least change of the error, at like predictions, that is concept drift; 1 is the held-out error.",
    )
    tolerance: float = Field(
        default=0.2, ge=0, lt=1, description="Share of the held-out error by which the error may exceed it."
    )


class Facet(Watch):
    """A group of rows that must be treated like the others. Either levels of a column, or a range of its values."""

    column: str = Field(description="Column of the data contract or feature; personal data is allowed here.")
    levels: tuple[str | int | float, ...] = Field(default=(), description="Values that belong to the group.")
    at_least: float | None = Field(default=None, description="Smallest value of the group.")
    below: float | None = Field(default=None, description="Smallest value beyond the group.")

    @model_validator(mode="after")
    def _one_kind(self) -> "Facet":
        banded = self.at_least is not None or self.below is not None
        if bool(self.levels) == banded:
            raise ValueError("a facet has either `levels`, or `at_least` or `below` or both")
        return self


ClassBias = Literal[
    "disparate_impact",
    "demographic_parity_difference",
    "equal_opportunity_difference",
    "average_odds_difference",
    "predictive_parity_difference",
    "accuracy_difference",
    "treatment_equality",
    "specificity_difference",
]
ValueBias = Literal[
    "prediction_ratio",
    "prediction_difference",
    "error_ratio",
    "error_difference",
    "residual_difference",
    "underestimation_difference",
    "squared_error_ratio",
]


class BiasMonitor(Watch):
    """Whether a group is treated unlike the others: facets, and the metrics that must stay within bounds.

    Every metric is reported; those with bounds alarm, where the whole confidence interval lies outside.
    """

    significance: float = Field(default=0.01, gt=0, lt=0.5, description="Family-wise false alarm rate a run.")
    minimum_rows: int = Field(default=50, ge=30, description="Least labelled rows in a group and in the others.")
    facets: dict[str, Facet] = Field(default_factory=dict, description="Groups, by the name that reports give them.")
    favourable: Literal[0, 1] = Field(default=1, description="The predicted class that a person wants; classification.")
    decision: float = Field(default=0.5, gt=0, lt=1, description="Least probability that is decided as class 1.")
    bounds: dict[ClassBias | ValueBias, tuple[float, float]] = Field(
        default_factory=dict, description="Smallest and largest allowed value of a metric, both within."
    )
    not_applicable: str | None = Field(
        default=None, description="Why no group can be told from the data; then facets and bounds are left out."
    )

    @model_validator(mode="after")
    def _says_what(self) -> "BiasMonitor":
        if (self.not_applicable is None) != bool(self.facets):
            raise ValueError("bias needs `facets`, or `not_applicable` with the reason why there are none")
        if self.facets and not self.bounds:
            raise ValueError("bias has facets and no `bounds`; without one it would never alarm")
        for metric, (low, high) in self.bounds.items():
            if low >= high:
                raise ValueError(f"bounds of {metric}: {low:g} is not below {high:g}")
        return self


class AttributionMonitor(Watch):
    """Attribution drift: whether the model's reasons have moved, by its features' mean absolute SHAP values."""

    ndcg: float = Field(
        default=0.9,
        gt=0,
        le=1,
        description="Least score; SageMaker Clarify's own bound (Developer Guide, Feature attribution drift).",
    )
    significance: float = Field(default=0.01, gt=0, lt=0.5, description="Family-wise false alarm rate a run.")
    share: float = Field(
        default=0.1, gt=0, lt=1, description="Least change of a feature's share of the explanation that is drift."
    )
    minimum_rows: int = Field(default=100, ge=30, description="With fewer captured rows, nothing is concluded.")


class BusinessMetric(Watch):
    """What the model is for, as one number a run: an aggregate over what it was asked and what it answered.

    It is computed by DuckDB over a table with a column for each feature and `prediction`, one row a captured row whose
    answer was captured; it can read nothing else.
    """

    description: str = Field(min_length=1, description="What the number says, to somebody who runs the business.")
    sql: str = Field(min_length=1, description="One aggregate expression, such as `avg(prediction)`.")
    unit: Literal["count", "share"] = Field(default="share", description="Of a number or of a share from 0 to 1.")
    above: float | None = Field(default=None, description="It alarms above this; it must not be below `below`.")
    below: float | None = Field(default=None, description="It alarms below this.")
    minimum_rows: int = Field(default=100, ge=1, description="With fewer rows, nothing is said.")

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("a business metric has one bound: `above` or `below`")
        if ";" in self.sql:
            raise ValueError("sql is one expression, without a `;`")
        return self

    def broken(self, value: float) -> bool:
        """Whether the value is beyond the bound."""
        return value > self.above if self.above is not None else self.below is not None and value < self.below

    @property
    def bound(self) -> float:
        bound = self.above if self.above is not None else self.below
        assert bound is not None
        return bound


BusinessName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=24)]


class Monitors(Watch):
    """What is watched beside data quality and drift; each has defaults that fit most models."""

    labels: LabelMonitor = LabelMonitor()
    bias: BiasMonitor = BiasMonitor(not_applicable="workload.yaml names no facet")
    attribution: AttributionMonitor = AttributionMonitor()
    business: dict[BusinessName, BusinessMetric] = Field(
        default_factory=dict, description="What the model is for, by a name of the metric."
    )
