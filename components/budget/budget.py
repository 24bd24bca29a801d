"""What an environment may cost a month."""

import pulumi
from pulumi_aws import budgets
from pydantic import Field

from components.base import Args, Component, Placement


class BudgetArgs(Args):
    placement: Placement
    monthly_usd: int = Field(ge=1, description="Limit in US dollars a month, for all that the account spends.")
    email: str = Field(description="Who is told.")


class Budget(Component):
    """Tells the owner when 80 % of a month's money is spent, and when the forecast passes all of it."""

    budget: pulumi.Output[str]

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:budget:Budget", name, args.placement, opts)
        budget = budgets.Budget(
            f"{name}-monthly",
            name=args.placement.named("monthly"),
            account_id=args.placement.account_id,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(args.monthly_usd),
            limit_unit="USD",
            notifications=[_tell("ACTUAL", 80, args.email), _tell("FORECASTED", 100, args.email)],
            opts=self.child(),
        )
        self.budget = budget.name
        self.register_outputs({"budget": self.budget})


def _tell(kind: str, percent: int, email: str) -> budgets.BudgetNotificationArgsDict:
    return {
        "notification_type": kind,
        "comparison_operator": "GREATER_THAN",
        "threshold": percent,
        "threshold_type": "PERCENTAGE",
        "subscriber_email_addresses": [email],
    }
