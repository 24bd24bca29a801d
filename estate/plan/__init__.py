"""Plans: the program run with no cloud, checked against what AWS publishes and the policy pack, and compared."""

from estate.plan.difference import Difference, diff
from estate.plan.plan import Plan, make_plan
from estate.plan.standin import StandInProvider

__all__ = ["Difference", "Plan", "StandInProvider", "diff", "make_plan"]
