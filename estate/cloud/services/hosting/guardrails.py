"""What a DeploymentConfig asks for: the steps in which traffic shifts, how long each bakes, and which alarms watch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from estate.cloud.services.account import Account
from estate.cloud.services.checks import invalid
from estate.cloud.services.wire import Params

MOST = 50  # percent of the new fleet that a canary or a step may be
LEAST = {"CanarySize": 0, "LinearStepSize": 10, "MaximumBatchSize": 5}


@dataclass(frozen=True)
class Guardrails:
    """Shares of traffic, 0 to 1; times in seconds of the emulated AWS's clock."""

    shares: tuple[float, ...] = (1.0,)  # of the new fleet, step by step; the last is all of it
    bake_s: float = 0.0  # after each step
    termination_s: float = 0.0  # before the old fleet is stopped
    limit_s: float | None = None
    alarms: tuple[str, ...] = ()
    back: tuple[float, ...] = (0.0,)  # of the new fleet, step by step, when it is rolled back


def read(deployment: Params | None, variants: Sequence[Params], account: Account) -> Guardrails:
    """Raises AwsError (ValidationException) for what SageMaker documents as not allowed."""
    if deployment is None:
        return Guardrails()
    if "BlueGreenUpdatePolicy" in deployment and "RollingUpdatePolicy" in deployment:
        raise invalid("Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy can be given")
    alarms = _alarms(deployment, account)
    if "RollingUpdatePolicy" in deployment:
        found = _rolling(deployment["RollingUpdatePolicy"], variants, alarms)
    elif "BlueGreenUpdatePolicy" in deployment:
        found = _blue_green(deployment["BlueGreenUpdatePolicy"], variants, alarms)
    else:
        found = Guardrails(alarms=alarms)
    waits = len(found.shares) * found.bake_s + found.termination_s
    if found.limit_s is not None and found.limit_s <= waits:
        raise invalid(
            f"MaximumExecutionTimeoutInSeconds {found.limit_s:g} must be larger than the total waiting time, {waits:g}"
        )
    return found


def check_change(old: Params, new: Params, deployment: Params | None) -> None:
    """Whether an endpoint may go from one configuration to the other. Raises AwsError (ValidationException)."""
    before, after = old["ProductionVariants"], new["ProductionVariants"]
    if any("ServerlessConfig" in item for item in after) and not any("ServerlessConfig" in item for item in before):
        raise invalid("Cannot update an endpoint with instances to a serverless one")
    if ("AsyncInferenceConfig" in old) != ("AsyncInferenceConfig" in new):
        raise invalid("Cannot change an endpoint between real-time and asynchronous inference")
    names = [{item["VariantName"] for item in variants} for variants in (before, after)]
    if deployment is not None and names[0] != names[1]:
        raise invalid(
            "With a DeploymentConfig the new endpoint configuration must have the same variant names as the old one: "
            f"{', '.join(sorted(names[0]))}, not {', '.join(sorted(names[1]))}"
        )


def _alarms(deployment: Params, account: Account) -> tuple[str, ...]:
    named = deployment.get("AutoRollbackConfiguration", {}).get("Alarms", [])
    names = tuple(alarm["AlarmName"] for alarm in named)
    known = account.backend("cloudwatch").alarms
    unknown = [name for name in names if name not in known]
    if unknown:
        raise invalid(f"AutoRollbackConfiguration: could not find alarms: {', '.join(unknown)}")
    return names


def _blue_green(policy: Params, variants: Sequence[Params], alarms: tuple[str, ...]) -> Guardrails:
    routing = policy["TrafficRoutingConfiguration"]
    kind = routing["Type"]
    member = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}.get(kind)
    for each in ("CanarySize", "LinearStepSize"):
        if (each in routing) != (each == member):
            raise invalid(
                f"TrafficRoutingConfiguration: {each} {'is required' if each == member else 'is not for'} {kind}"
            )
    shares: tuple[float, ...] = (1.0,)
    if member == "CanarySize":
        shares = (_share(member, routing[member], variants), 1.0)
    elif member == "LinearStepSize":
        shares = _steps(_share(member, routing[member], variants))
    return Guardrails(
        shares,
        float(routing["WaitIntervalInSeconds"]),
        float(policy.get("TerminationWaitInSeconds", 0)),
        policy.get("MaximumExecutionTimeoutInSeconds"),
        alarms,
    )


def _rolling(policy: Params, variants: Sequence[Params], alarms: tuple[str, ...]) -> Guardrails:
    if len(variants) > 1 or "ServerlessConfig" in variants[0]:
        raise invalid("RollingUpdatePolicy is not for endpoints with several or with serverless variants")
    batch = _share("MaximumBatchSize", policy["MaximumBatchSize"], variants)
    back = (0.0,)
    size = policy.get("RollbackMaximumBatchSize")
    if size is not None:
        step = min(1.0, _active(size, _instances(variants)) / _instances(variants))
        back = tuple(round(1.0 - share, 6) for share in _steps(step))
    return Guardrails(
        _steps(batch),
        float(policy["WaitIntervalInSeconds"]),
        0.0,
        policy.get("MaximumExecutionTimeoutInSeconds"),
        alarms,
        back,
    )


def _share(member: str, size: Params, variants: Sequence[Params]) -> float:
    """The share of the new fleet's instances that a step turns on. Whole instances, at least one."""
    for variant in variants:
        name = variant["VariantName"]
        if "ServerlessConfig" in variant:
            raise invalid(f"Variant {name} is serverless; its traffic can only be shifted all at once")
        total = variant["InitialInstanceCount"]
        percent = size["Value"] if size["Type"] == "CAPACITY_PERCENT" else 100 * size["Value"] / total
        if total < 2 or not LEAST[member] <= percent <= MOST:
            allowed = f"{LEAST[member]} to {MOST}%" if LEAST[member] else f"at most {MOST}%"
            raise invalid(
                f"{member} {size['Value']} {size['Type']} of variant {name}, which has {total} instances: it must be "
                f"{allowed} of the variant's total instance count"
            )
    return sum(_active(size, item["InitialInstanceCount"]) for item in variants) / _instances(variants)


def _active(size: Params, total: int) -> int:
    if size["Type"] == "INSTANCE_COUNT":
        return size["Value"]
    return max(1, total * size["Value"] // 100)


def _instances(variants: Sequence[Params]) -> int:
    return sum(item["InitialInstanceCount"] for item in variants)


def _steps(share: float) -> tuple[float, ...]:
    count = math.ceil(1 / share - 1e-9)
    return (*(min(1.0, round(share * step, 6)) for step in range(1, count)), 1.0)
