"""Whether the account meets a framework's controls, as far as AWS Config can tell."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

import pulumi
from pulumi_aws import cfg
from pydantic import Field

from components.base import Args, Component, Placement

CATALOGUE = Path(__file__).with_name("config_rules.json")
RETENTION = "CW_LOGGROUP_RETENTION_PERIOD_CHECK"
LONGEST_TEMPLATE = 51_200  # characters, of PutConformancePack


class Framework(StrEnum):
    """A law or standard; the value starts the ids of its controls."""

    GDPR = "GDPR"
    CCPA = "CCPA"
    HIPAA = "HIPAA"
    SOX = "SOX"
    ISO27001 = "ISO27001"
    SOC2 = "SOC2"


class ConfigRule(TypedDict, total=False):
    """A managed rule of AWS Config: the controls that it helps to meet, and its parameters."""

    controls: list[str]
    parameters: dict[str, str]


class ConformancePackArgs(Args):
    placement: Placement
    framework: Framework = Field(description="Whose controls are looked at.")
    log_retention_days: int = Field(ge=1, description="Days for which every log group must keep its events.")
    recorder_on: Sequence[pulumi.Resource] = Field(
        default=(), description="What switches the recorder on, without which AWS Config refuses a pack."
    )


class ConformancePack(Component):
    """A conformance pack with the managed rules that serve a framework; each says which controls it is for."""

    pack: pulumi.Output[str]

    def __init__(self, name: str, args: ConformancePackArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:governance:ConformancePack", name, args.placement, opts)
        pack = cfg.ConformancePack(
            f"{name}-pack",
            name=args.placement.named(args.framework.lower()),
            template_body=template(args.placement, args.framework, args.log_retention_days),
            opts=self.child(depends_on=list(args.recorder_on)),
        )
        self.pack = pack.name
        self.register_outputs({"pack": self.pack})


@cache
def catalogue() -> Mapping[str, ConfigRule]:
    """All rules by AWS's identifier."""
    return json.loads(CATALOGUE.read_text(encoding="utf-8"))["rules"]


def template(place: Placement, framework: Framework, log_retention_days: int) -> str:
    """The pack in CloudFormation's form, as JSON, which is YAML too. Raises ValueError where AWS would refuse it."""
    resources: dict[str, Any] = {}
    for identifier, rule in catalogue().items():
        served = [control for control in rule["controls"] if control.startswith(f"{framework}-")]
        if not served:
            continue
        parameters = dict(rule.get("parameters", {}))
        if identifier == RETENTION:
            parameters["MinRetentionTime"] = str(log_retention_days)
        resources[identifier.replace("_", " ").title().replace(" ", "")] = {
            "Type": "AWS::Config::ConfigRule",
            "Properties": {
                "ConfigRuleName": place.named(framework.lower(), identifier.lower().replace("_", "-")),
                "Description": ", ".join(served),
                "Source": {"Owner": "AWS", "SourceIdentifier": identifier},
                **({"InputParameters": parameters} if parameters else {}),
            },
        }
    text = json.dumps({"Resources": resources}, sort_keys=True, separators=(",", ":"))
    if len(text) > LONGEST_TEMPLATE:
        raise ValueError(f"the pack {framework} has {len(text)} characters; allowed are {LONGEST_TEMPLATE}")
    return text
