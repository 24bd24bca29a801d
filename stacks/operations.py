"""What acts by itself: a drift alarm starts retraining."""

from pathlib import Path

import pulumi

from components.incidents.retrain_on_drift import RetrainOnDrift, RetrainOnDriftArgs
from components.signals import Signal, alarm_name
from contracts.outputs import OperationsOutputs
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads

HANDLERS = Path(__file__).resolve().parents[1] / "pipelines" / "handlers"


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> OperationsOutputs[Wire]:
    base, training = upstream.foundation, upstream.training
    retrain = RetrainOnDrift(
        "retrain",
        RetrainOnDriftArgs(
            placement=env.placement,
            code={"retrain.py": (HANDLERS / "retrain.py").read_text(encoding="utf-8")},
            enabled=settings.operations.retrain_on_drift,
            pipelines={
                alarm_name(env.placement, Signal.DRIFT, model): training.training_pipelines[model]
                for model in workloads
            },
            pipeline_arns=[training.training_pipeline_arns[model] for model in workloads],
            role_arn=base.roles.handlers,
            role_name=base.role_names.handlers,
            key_arn=base.keys.logs,
            log_retention_days=settings.monitoring.log_retention_days,
        ),
        opts=opts,
    )
    return OperationsOutputs[Wire](retrain_function=retrain.function_arn, dead_letters=retrain.dead_letters)
