"""Budget, configuration recorder, conformance, detectors."""

import pulumi

from components.audit.log_bucket import CONFIG_PREFIX
from components.budget.budget import Budget, BudgetArgs
from components.budget.config_recorder import ConfigRecorder, ConfigRecorderArgs
from components.security.persons import Person
from contracts.outputs import GovernanceOutputs
from stacks.detection import detect, prove
from stacks.environment import REQUIRED_TAGS, Environment
from stacks.settings import EstateSettings
from stacks.settings.governance import SpendStopSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, _workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> GovernanceOutputs[Wire]:
    own, place = settings.governance, env.placement
    budget = Budget("budget", BudgetArgs(placement=place, monthly_usd=own.monthly_budget_usd, email=env.email), opts)
    if own.spend_stop is not None:
        _stop_spending(env, own.spend_stop, upstream, budget.budget, opts)
    recorder: dict[str, Wire] = {}
    on: list[pulumi.Resource] = []
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
        on.append(config.on)
    prove(env, settings, on, opts)
    return GovernanceOutputs[Wire](
        budget=budget.budget, recorder=recorder, detectors=detect(env, settings, upstream, opts)
    )


def _stop_spending(
    env: Environment, wanted: SpendStopSettings, upstream: Upstream, budget: Wire, opts: pulumi.ResourceOptions
) -> None:
    """Jobs, schedules, persons and Studio start nothing new, Karpenter no GPU node; models and handlers go on."""
    from components.budget.spend_stop import SpendStop, SpendStopArgs

    base = upstream.foundation
    roles = {"jobs": base.role_names.jobs, "scheduler": base.role_names.scheduler}
    for person in (Person.DATA_SCIENTIST, Person.ML_ENGINEER):
        arn = base.person_roles.get(person.value)
        if arn is not None:
            roles[person.value] = arn.apply(lambda arn: arn.rpartition("/")[2])
    roles |= upstream.training.starters
    SpendStop(
        "spend-stop",
        SpendStopArgs(
            placement=env.placement,
            budget=budget,
            percent=wanted.percent,
            approval=wanted.approval,
            email=env.email,
            roles=roles,
            permission_boundary_arn=base.permission_boundary_arn,
        ),
        opts,
    )
