"""Names of the metrics that our jobs put and our alarms watch."""

from enum import StrEnum

NAMESPACE = "MlopsEstate"


class Metric(StrEnum):
    DRIFTED_FEATURES = "DriftedFeatures"
    DRIFT_ROWS = "DriftRows"
    QUALITY_VIOLATIONS = "DataQualityViolations"


def dimensions(environment: str, model: str) -> dict[str, str]:
    """The dimensions of every metric of a model; an alarm must name exactly these."""
    return {"Environment": environment, "Model": model}
