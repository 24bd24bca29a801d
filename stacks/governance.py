"""Budget, required tags, configuration recorder."""

import pulumi

from components.audit.log_bucket import CONFIG_PREFIX
from components.budget.budget import Budget, BudgetArgs
from components.budget.config_recorder import ConfigRecorder, ConfigRecorderArgs
from contracts.outputs import GovernanceOutputs
from stacks.environment import REQUIRED_TAGS, Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, _workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> GovernanceOutputs[Wire]:
    own, place = settings.governance, env.placement
    budget = Budget("budget", BudgetArgs(placement=place, monthly_usd=own.monthly_budget_usd, email=env.email), opts)
    recorder: dict[str, Wire] = {}
    if own.config_recorder:
        config = ConfigRecorder(
            "config",
            ConfigRecorderArgs(
                placement=place,
                log_bucket=upstream.foundation.log_bucket,
                prefix=CONFIG_PREFIX,
                permission_boundary_arn=upstream.foundation.permission_boundary_arn,
                required_tags=REQUIRED_TAGS,
            ),
            opts,
        )
        recorder["recorder"] = config.recorder
    return GovernanceOutputs[Wire](budget=budget.budget, recorder=recorder)
