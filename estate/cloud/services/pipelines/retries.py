"""Retry policies of pipeline steps: which failures are tried again, how often, and after which wait."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from estate.cloud.services.checks import invalid
from estate.cloud.services.wire import AwsError, Params

THROTTLING, FAULT = "Step.THROTTLING", "Step.SERVICE_FAULT"
INTERNAL, CAPACITY, LIMIT = "SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT"
OF_STEPS = frozenset({THROTTLING, FAULT})
OF_JOBS = frozenset({INTERNAL, CAPACITY, LIMIT})
RETRYABLE = frozenset({"Processing", "Training", "Tuning", "Transform", "Model", "RegisterModel"})
JOBS = frozenset({"Processing", "Training", "Tuning", "Transform"})
MOST_ATTEMPTS, MOST_MINUTES = 20, 14_400
DEFAULT_ATTEMPTS = 5


@dataclass(frozen=True)
class Policy:
    """`attempts` is how often a step is tried again; `expires_s` how long after its first failure."""

    kinds: frozenset[str]
    interval_s: float = 1.0
    backoff: float = 2.0
    attempts: int = DEFAULT_ATTEMPTS
    expires_s: float = float("inf")

    def pause_s(self, tried: int) -> float:
        """The wait before the next attempt, after `tried` failures, at least one."""
        return self.interval_s * self.backoff ** (tried - 1)


# Without a policy of its own, a step is tried again for what is nobody's fault.
BY_ITSELF = Policy(OF_STEPS, attempts=3)


def policies(step: str, kind: str, given: Any) -> tuple[Policy, ...]:
    """A step's policies. Raises AwsError."""
    if not given:
        return ()
    if kind not in RETRYABLE:
        raise invalid(f"Step {step}: a {kind} step cannot have RetryPolicies; those that can: {_listed(RETRYABLE)}")
    if not isinstance(given, list):
        raise invalid(f"Step {step}: RetryPolicies must be a list")
    return tuple(_policy(step, kind, item) for item in given)


def _policy(step: str, kind: str, item: Params) -> Policy:
    named = item.get("ExceptionType") or []
    known = OF_STEPS | OF_JOBS if kind in JOBS else OF_STEPS
    wrong = [name for name in named if name not in known]
    if wrong or not named:
        raise invalid(f"Step {step}: RetryPolicies: ExceptionType {wrong or named} is not of {_listed(known)}")
    attempts, minutes = item.get("MaxAttempts"), item.get("ExpireAfterMin")
    if attempts is not None and minutes is not None:
        raise invalid(f"Step {step}: RetryPolicies: only one of MaxAttempts and ExpireAfterMin can be given")
    _within(step, "MaxAttempts", attempts, 1, MOST_ATTEMPTS)
    _within(step, "ExpireAfterMin", minutes, 1, MOST_MINUTES)
    _within(step, "IntervalSeconds", item.get("IntervalSeconds"), 1, float("inf"))
    _within(step, "BackoffRate", item.get("BackoffRate"), 0, float("inf"))
    return Policy(
        frozenset(named),
        _number(item.get("IntervalSeconds"), 1.0),
        _number(item.get("BackoffRate"), 2.0),
        attempts if attempts is not None else (DEFAULT_ATTEMPTS if minutes is None else MOST_ATTEMPTS * MOST_MINUTES),
        minutes * 60.0 if minutes is not None else float("inf"),
    )


def _number(value: float | None, default: float) -> float:
    return default if value is None else float(value)


def _within(step: str, name: str, value: Any, least: float, most: float) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise invalid(f"Step {step}: RetryPolicies: {name} is {value!r}; a number from {least} to {most} is allowed")


def chosen(given: Iterable[Policy], kind: str) -> Policy | None:
    """The first policy that names this kind of failure."""
    return next((policy for policy in (*given, BY_ITSELF) if kind in policy.kinds), None)


def kind_of_error(error: AwsError) -> str:
    """What a refused call counts as; empty for what is never tried again."""
    if error.code in ("ThrottlingException", "Throttling"):
        return THROTTLING
    if error.code == "ResourceLimitExceeded":
        return LIMIT
    return FAULT if error.status >= 500 else ""


def kind_of_reason(reason: str) -> str:
    """What a job's FailureReason counts as; empty for what is never tried again."""
    word = reason.partition(":")[0]
    return {"InternalServerError": INTERNAL, "CapacityError": CAPACITY, "ResourceLimitExceeded": LIMIT}.get(word, "")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
