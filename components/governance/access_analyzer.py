"""What somebody outside the account can reach, and which permissions nobody uses."""

import pulumi
from pulumi_aws import accessanalyzer
from pydantic import Field

from components.base import Args, Component, Placement


class AccessAnalyzerArgs(Args):
    placement: Placement
    unused_days: int | None = Field(
        default=None,
        ge=1,
        le=365,
        description="Days without use after which a role, key or permission is found; such findings cost by role, and "
        "without a number nobody looks for them.",
    )


class AccessAnalyzer(Component):
    """Analyzers of this account; there is one of each kind in an account and region at most."""

    arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: AccessAnalyzerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:governance:AccessAnalyzer", name, args.placement, opts)
        external = accessanalyzer.Analyzer(
            f"{name}-external", analyzer_name=args.placement.named("external-access"), type="ACCOUNT", opts=self.child()
        )
        self.arns = {"external": external.arn}
        if args.unused_days is not None:
            unused = accessanalyzer.Analyzer(
                f"{name}-unused",
                analyzer_name=args.placement.named("unused-access"),
                type="ACCOUNT_UNUSED_ACCESS",
                configuration={"unused_access": {"unused_access_age": args.unused_days}},
                opts=self.child(),
            )
            self.arns["unused"] = unused.arn
        self.register_outputs({"arns": self.arns})
