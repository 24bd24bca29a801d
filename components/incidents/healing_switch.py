"""The kill switch of self-healing."""

import pulumi
from pulumi_aws import ssm
from pydantic import Field

from components.base import Args, Component, Placement

SWITCH = "/mlops-estate/{environment}/switches/healing"


class HealingSwitchArgs(Args):
    placement: Placement
    environment: str = Field(description="Name of the environment.")


class HealingSwitch(Component):
    """A parameter that self-healing reads before every action: `on`, or anything else for off.

    It is made `on`; afterwards people turn it (`estate healing off`), and a deployment leaves it as it is.
    """

    parameter: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: HealingSwitchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:incidents:HealingSwitch", name, args.placement, opts)
        made = ssm.Parameter(
            f"{name}-parameter",
            name=SWITCH.format(environment=args.environment),
            description="Self-healing acts while this is `on`",
            type="String",
            value="on",
            allowed_pattern="^(on|off)$",
            opts=self.child(ignore_changes=["value"]),
        )
        self.parameter, self.arn = made.name, made.arn
        self.register_outputs({"parameter": self.parameter})
