"""What AWS refuses when a tuning job is created, and what cannot be done offline."""

import math
from collections.abc import Iterator

from estate.cloud.services.account import Account
from estate.cloud.services.checks import invalid
from estate.cloud.services.jobs import job_metrics, training_checks
from estate.cloud.services.jobs.tuning_search import LOGARITHMIC, REVERSE, grid_size
from estate.cloud.services.wire import AwsError, Params

MOST_PARAMETERS = 30
MOST_PARALLEL = 10  # AWS's default quota
NUMBERS = {"IntegerParameterRanges": int, "ContinuousParameterRanges": float}
KINDS = (*NUMBERS, "CategoricalParameterRanges")


def check(account: Account, params: Params) -> None:
    """Raises AwsError."""
    config = params["HyperParameterTuningJobConfig"]
    _refuse_unsupported(params, config)
    definition = params.get("TrainingJobDefinition")
    if definition is None:
        raise invalid("TrainingJobDefinition is required")
    _check_limits(config)
    _check_ranges(config, definition)
    objective = config.get("HyperParameterTuningJobObjective")
    if objective is None:
        raise invalid("HyperParameterTuningJobObjective is required")
    metrics = definition["AlgorithmSpecification"].get("MetricDefinitions", [])
    job_metrics.check(metrics)
    if objective["MetricName"] not in [item["Name"] for item in metrics]:
        raise invalid(
            f"The objective metric for the hyperparameter tuning job, [{objective['MetricName']}], isn't valid for the "
            "custom algorithm. Choose a metric from the metric definitions."
        )
    training_checks.check(account, definition)


def _refuse_unsupported(params: Params, config: Params) -> None:
    for member in ("WarmStartConfig", "Autotune", "TrainingJobDefinitions"):
        if params.get(member):
            raise invalid(f"{member} is not supported offline")
    if config["Strategy"] == "Hyperband":
        raise invalid("Strategy Hyperband is not supported offline: it stops jobs early; Random, Grid and Bayesian are")
    if config.get("TrainingJobEarlyStoppingType", "Off") != "Off":
        raise invalid("TrainingJobEarlyStoppingType Auto is not supported offline; Off is")
    if "ConvergenceDetected" in config.get("TuningJobCompletionCriteria", {}):
        raise invalid("TuningJobCompletionCriteria: ConvergenceDetected is not supported offline")
    definition = params.get("TrainingJobDefinition", {})
    for member in ("HyperParameterRanges", "TuningObjective", "HyperParameterTuningResourceConfig"):
        if member in definition:
            raise invalid(f"TrainingJobDefinition: {member} is not supported offline")
    if config.get("ParameterRanges", {}).get("AutoParameters"):
        raise invalid("ParameterRanges: AutoParameters are not supported offline")


def _check_limits(config: Params) -> None:
    limits = config["ResourceLimits"]
    parallel, most = limits["MaxParallelTrainingJobs"], limits.get("MaxNumberOfTrainingJobs")
    if most is not None and parallel > most:
        raise invalid(f"MaxParallelTrainingJobs ({parallel}) must not be above MaxNumberOfTrainingJobs ({most})")
    if parallel > MOST_PARALLEL:
        raise AwsError(
            "ResourceLimitExceeded",
            "The account-level service limit 'Number of parallel training jobs per hyperparameter tuning job' is "
            f"{MOST_PARALLEL}, with a request of {parallel}.",
        )


def _check_ranges(config: Params, definition: Params) -> None:
    ranges = config.get("ParameterRanges", {})
    names = [item["Name"] for kind in KINDS for item in ranges.get(kind, [])]
    if not names:
        raise invalid("ParameterRanges: at least one range is required")
    if len(names) > MOST_PARAMETERS:
        raise invalid(f"ParameterRanges: at most {MOST_PARAMETERS} hyperparameters, not {len(names)}")
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"Hyperparameter [{name}] has more than one range")
        if name in definition.get("StaticHyperParameters", {}):
            raise invalid(f"Hyperparameter [{name}] is static and has a range; only one is possible")
    for fault in _faults(ranges):
        raise invalid(fault)
    if config["Strategy"] == "Grid":
        if any(ranges.get(kind) for kind in NUMBERS):
            raise invalid("Strategy Grid: only CategoricalParameterRanges are supported")
        size, most = grid_size(ranges), config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
        if most is not None and most != size:
            raise invalid(
                f"Strategy Grid: MaxNumberOfTrainingJobs ({most}) must be left out, or the number of combinations "
                f"({size})"
            )


def _faults(ranges: Params) -> Iterator[str]:
    for kind, number in NUMBERS.items():
        for item in ranges.get(kind, []):
            name, scaling = item["Name"], item.get("ScalingType", "Auto")
            try:
                low, high = number(item["MinValue"]), number(item["MaxValue"])
                if not (math.isfinite(low) and math.isfinite(high)):
                    raise ValueError
            except ValueError:
                yield f"Hyperparameter [{name}]: {item['MinValue']!r} to {item['MaxValue']!r} is no range of numbers"
                continue
            if low > high:
                yield f"Hyperparameter [{name}]: MinValue {low} is above MaxValue {high}"
            if scaling == LOGARITHMIC and low <= 0:
                yield f"Hyperparameter [{name}]: scaling {LOGARITHMIC} needs values above 0, not {low}"
            if scaling == REVERSE and (number is int or low < 0 or high >= 1):
                yield f"Hyperparameter [{name}]: scaling {REVERSE} needs a continuous range within 0 <= x < 1"
    for item in ranges.get("CategoricalParameterRanges", []):
        if len(set(item["Values"])) < len(item["Values"]):
            yield f"Hyperparameter [{item['Name']}]: a value is listed twice"
