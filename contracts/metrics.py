"""Names of the metrics that our jobs put and our alarms watch."""

from enum import StrEnum

NAMESPACE = "MlopsEstate"


class Metric(StrEnum):
    DRIFTED_FEATURES = "DriftedFeatures"
    DRIFT_ROWS = "DriftRows"
    QUALITY_VIOLATIONS = "DataQualityViolations"
    CHECKED_REQUESTS = "CheckedRequests"  # captured requests that a run of the monitors looked at
    INVALID_REQUESTS = "InvalidRequests"  # those of them that could not be understood
    PREDICTION_DRIFT = "PredictionDrift"  # 1 where the predictions' distribution has moved, else 0
    CONCEPT_DRIFT = "ConceptDrift"  # 1 where the relation of features and label has moved, else 0
    MODEL_QUALITY = "ModelQualityViolations"  # metrics on delayed labels that are worse than allowed
    BIAS_VIOLATIONS = "BiasViolations"  # fairness metrics outside their bounds
    ATTRIBUTION_DRIFT = "AttributionDriftedFeatures"  # features whose share of the explanation has moved


def business_metric(name: str) -> str:
    """Name of the metric that a workload calls `name` among its business metrics."""
    return f"Business-{name}"


def dimensions(environment: str, model: str) -> dict[str, str]:
    """The dimensions of every metric of a model; an alarm must name exactly these."""
    return {"Environment": environment, "Model": model}
