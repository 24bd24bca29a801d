"""Which requests are traced, and where the environment's traces are found together."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import xray
from pydantic import Field

from components.base import Args, Component, Placement
from components.names import Limit

PRIORITY = 1000  # below rules that a team makes for one service, above X-Ray's own default


class TracingArgs(Args):
    placement: Placement
    services: Sequence[str] = Field(min_length=1, description="Names of the functions whose traces belong together.")
    environment: str = Field(description="Whose pipelines' traces belong to them too; an annotation says it.")
    sampled_share: float = Field(ge=0, le=1, description="Share of the requests that are traced.")
    sampled_per_second: int = Field(ge=0, description="Requests a second that are traced in any case.")
    insights: bool = Field(default=False, description="Let X-Ray look for rising faults by itself.")
    key_arn: pulumi.Input[str] | None = Field(
        default=None, description="Key of all traces of the account and region; AWS's own, left as it is, by default."
    )


class Tracing(Component):
    """A group, a sampling rule for the environment's names, and, where asked, the account's encryption."""

    group: pulumi.Output[str]

    def __init__(self, name: str, args: TracingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:tracing:Tracing", name, args.placement, opts)
        place = args.placement
        group = xray.Group(
            f"{name}-group",
            group_name=place.named("traces", limit=Limit.XRAY),
            filter_expression=" OR ".join(
                [
                    *(f'service("{service}")' for service in sorted(args.services)),
                    f'annotation.environment = "{args.environment}"',
                ]
            ),
            insights_configuration={"insights_enabled": args.insights, "notifications_enabled": args.insights},
            opts=self.child(),
        )
        xray.SamplingRule(
            f"{name}-sampling",
            rule_name=place.named("traces", limit=Limit.XRAY),
            priority=PRIORITY,
            version=1,
            reservoir_size=args.sampled_per_second,
            fixed_rate=args.sampled_share,
            service_name=f"{place.prefix}-*",
            service_type="*",
            host="*",
            http_method="*",
            url_path="*",
            resource_arn="*",
            opts=self.child(),
        )
        if args.key_arn is not None:
            xray.EncryptionConfig(f"{name}-encryption", type="KMS", key_id=args.key_arn, opts=self.child())
        self.group = group.arn
        self.register_outputs({"group": self.group})
