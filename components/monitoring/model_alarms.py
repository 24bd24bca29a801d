"""Alarms on a served model: an outage, a budget that burns, and what is unlike itself.

What is measured and who is woken are two things: metric alarms carry names that no topic listens to, and one composite
alarm a signal and model says when they matter together.
"""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import cloudwatch
from pydantic import Field

from components.base import Args, Component, Placement
from components.monitoring.metric_alarms import math_alarm, metric_alarm
from components.monitoring.model_signals import Band, ModelSignal, Static
from components.signals import Signal, alarm_name
from contracts.slo import SLOW, Slo, Subject, Tier, counting, fast_tiers, threshold


class ModelAlarmsArgs(Args):
    placement: Placement
    subject: Subject = Field(description="The model, and where it answers.")
    endpoint: pulumi.Input[str] | None = Field(
        default=None, description="The endpoint's name as it puts it out, so that its alarms come after it."
    )
    signals: Sequence[ModelSignal] = Field(description="What is watched of it.")
    causes: Sequence[pulumi.Input[str]] = Field(
        description="Names of the alarms on errors and latency that are an outage where there is traffic."
    )
    slos: Mapping[str, Slo] = Field(description="Its objectives, by name.")
    fast: bool = Field(default=True, description="Whether a budget that is gone within days pages somebody.")
    slow: bool = Field(default=True, description="Whether one that is gone within its window is a ticket.")


class ModelAlarms(Component):
    """One composite alarm a signal; the model is the last part of its name."""

    alarm_arns: list[pulumi.Output[str]]

    def __init__(self, name: str, args: ModelAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:monitoring:ModelAlarms", name, args.placement, opts)
        self.args = args
        self._model = args.subject.model
        self._wires = {} if args.endpoint is None else {"EndpointName": args.endpoint}
        measured = {
            each.key: (each, metric_alarm(f"{name}-{each.key}", self._named(each.key), each, self._wires, self.child()))
            for each in args.signals
            if each.alarm is not None and each.signal is None
        }
        made: list[cloudwatch.CompositeAlarm] = []
        if "traffic" in measured and args.causes:
            made.append(self._outage(measured["traffic"][1]))
        bands = [alarm for signal, alarm in measured.values() if isinstance(signal.alarm, Band)]
        if bands:
            says = f"{self._model}: traffic or latency is unlike what it has been at this hour"
            made.append(self._composite(Signal.ANOMALY, says, _any([_in_alarm(each.name) for each in bands])))
        made += self._burning()
        self.alarm_arns = [each.arn for each in made]
        self.register_outputs({"alarm_arns": self.alarm_arns})

    def _named(self, what: str) -> str:
        """Name of an alarm that wakes nobody: it starts with no signal."""
        return self.placement.named("measured", self._model, what)

    def _outage(self, traffic: cloudwatch.MetricAlarm) -> cloudwatch.CompositeAlarm:
        causes = _any([_in_alarm(cause) for cause in self.args.causes])
        says = f"Requests to {self.args.subject.endpoint} fail or are slow, and it is asked"
        return self._composite(Signal.OUTAGE, says, _all([causes, _in_alarm(traffic.name)]))

    def _burning(self) -> list[cloudwatch.CompositeAlarm]:
        found = []
        for signal, wanted, says in (
            (Signal.BURN_FAST, self.args.fast, "An error budget is gone within days at this pace"),
            (Signal.BURN_SLOW, self.args.slow, "An error budget is gone before its window ends at this pace"),
        ):
            tiers = {
                name: fast_tiers(slo) if signal is Signal.BURN_FAST else SLOW for name, slo in self.args.slos.items()
            }
            if not wanted or not any(tiers.values()):
                continue
            rules = [self._tier(name, self.args.slos[name], tier) for name, its in tiers.items() for tier in its]
            found.append(self._composite(signal, f"{self._model}: {says}", _any(rules)))
        return found

    def _tier(self, slo_name: str, slo: Slo, tier: Tier) -> pulumi.Output[str]:
        """Both windows: the long one so that it matters, the short one so that it is still so."""
        return _all([_in_alarm(self._window(slo_name, slo, tier, each).name) for each in (tier.long_s, tier.short_s)])

    def _window(self, slo_name: str, slo: Slo, tier: Tier, seconds: int) -> cloudwatch.MetricAlarm:
        how = counting(slo, self.args.subject)
        burn, key = threshold(slo, tier), f"{slo_name}-{_period(seconds)}"
        return math_alarm(
            f"{self.name}-{key}",
            self._named(key),
            f"{slo_name} of {self._model}, {slo.objective:g} %: the budget burns {burn:g} times too fast "
            f"over {_period(seconds)}",
            Static("burn", burn, seconds, "notBreaching"),
            how.queries,
            how.burn(slo),
            self._wires,
            self.child(),
        )

    def _composite(self, signal: Signal, says: str, rule: pulumi.Input[str]) -> cloudwatch.CompositeAlarm:
        return cloudwatch.CompositeAlarm(
            f"{self.name}-{signal}",
            alarm_name=alarm_name(self.placement, signal, self._model),
            alarm_description=says,
            alarm_rule=rule,
            opts=self.child(),
        )


def _in_alarm(name: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.concat('ALARM("', name, '")')


def _any(rules: Sequence[pulumi.Input[str]]) -> pulumi.Output[str]:
    return _joined(rules, " OR ")


def _all(rules: Sequence[pulumi.Input[str]]) -> pulumi.Output[str]:
    return _joined(rules, " AND ")


def _joined(rules: Sequence[pulumi.Input[str]], word: str) -> pulumi.Output[str]:
    if len(rules) == 1:
        return pulumi.Output.from_input(rules[0])
    parts = [part for rule in rules for part in (word, rule)][1:]
    return pulumi.Output.concat("(", *parts, ")")


def _period(seconds: int) -> str:
    return f"{seconds // 3600}h" if seconds % 3600 == 0 else f"{seconds // 60}m"
