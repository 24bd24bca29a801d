"""Findings of all detectors in one place, and the account held against public benchmarks."""

from enum import StrEnum

import pulumi
from pulumi_aws import securityhub
from pydantic import Field

from components.base import Args, Component, Placement


class Standard(StrEnum):
    """A benchmark; the value is what follows the region in its ARN."""

    FOUNDATIONAL = "standards/aws-foundational-security-best-practices/v/1.0.0"
    CIS = "standards/cis-aws-foundations-benchmark/v/3.0.0"
    NIST_800_53 = "standards/nist-800-53/v/5.0.0"
    PCI_DSS = "standards/pci-dss/v/4.0.1"


class SecurityHubArgs(Args):
    placement: Placement
    standards: tuple[Standard, ...] = Field(min_length=1, description="Benchmarks that the account is held against.")


class SecurityHub(Component):
    """Security Hub with the standards that are named, one finding a control whatever standards it is in.

    An account and region has it once at most.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: SecurityHubArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:governance:SecurityHub", name, args.placement, opts)
        place = args.placement
        hub = securityhub.Account(
            f"{name}-account",
            enable_default_standards=False,
            control_finding_generator="SECURITY_CONTROL",
            auto_enable_controls=True,
            opts=self.child(),
        )
        for standard in args.standards:
            securityhub.StandardsSubscription(
                f"{name}-{standard.name.lower().replace('_', '-')}",
                standards_arn=f"arn:{place.partition}:securityhub:{place.region}::{standard.value}",
                opts=self.child(depends_on=[hub]),
            )
        self.arn = hub.arn
        self.register_outputs({"arn": self.arn})
