"""Step caching: what of a step's arguments must be the same for an earlier result to stand for it, and for how long.

Which arguments count is AWS's list (Developer Guide, "Default cache key attributes by pipeline step type"); the data
behind a URI is not looked at, as there.
"""

import hashlib
import json
import re
from typing import Any

from estate.cloud.services.checks import invalid
from estate.cloud.services.wire import Params

COUNTED: dict[str, tuple[str, ...]] = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": ("AlgorithmSpecification", "CheckpointConfig", "DebugHookConfig", "DebugRuleConfigurations",
                 "Environment", "HyperParameters", "InputDataConfig"),
    "Tuning": ("HyperParameterTuningJobConfig", "TrainingJobDefinition", "TrainingJobDefinitions"),
    "Transform": ("DataProcessing", "Environment", "ModelName", "TransformInput"),
    "Lambda": (),
    "Callback": (),
}  # fmt: skip
TUNED = (
    "AlgorithmSpecification",
    "HyperParameterRanges",
    "InputDataConfig",
    "StaticHyperParameters",
    "TuningObjective",
)
DURATION = re.compile(
    r"P?(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?",
    re.IGNORECASE,
)
SECONDS = {"years": 31_536_000, "months": 2_592_000, "weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60,
           "seconds": 1}  # fmt: skip


def key(kind: str, arguments: Params, own: Params) -> str:
    """The same for steps that a result can be shared between; empty where a type's results are never reused.

    `own` is what a Lambda or Callback step has beside its arguments: its function or queue.
    """
    if kind not in COUNTED:
        return ""
    counted: dict[str, Any] = {name: arguments.get(name) for name in COUNTED[kind]} or {**arguments, **own}
    definition = counted.get("TrainingJobDefinition")
    if isinstance(definition, dict):
        counted["TrainingJobDefinition"] = {name: definition.get(name) for name in TUNED}
    return hashlib.sha256(json.dumps([kind, counted], sort_keys=True, default=str).encode()).hexdigest()


def age_s(step: str, config: Any) -> float | None:
    """How old a result may be to be reused, in seconds; None where caching is off. Raises AwsError."""
    if config is None:
        return None
    if not isinstance(config, dict) or not isinstance(config.get("Enabled"), bool):
        raise invalid(f"Step {step}: CacheConfig needs Enabled, true or false")
    if not config["Enabled"]:
        return None
    text = config.get("ExpireAfter")
    match = DURATION.fullmatch(text) if isinstance(text, str) else None
    found = sum(SECONDS[name] * int(count) for name, count in match.groupdict().items() if count) if match else 0
    if not found:
        raise invalid(f"Step {step}: CacheConfig needs ExpireAfter, an ISO 8601 duration such as P30D, not {text!r}")
    return float(found)
