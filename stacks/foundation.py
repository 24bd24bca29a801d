"""Network, keys, roles, audit trail: what every other layer stands on."""

import pulumi

from contracts.outputs import FoundationOutputs, Keys, Roles, SecurityGroups
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> FoundationOutputs[Wire]:
    w = pulumi.Output.from_input
    role = env.placement.iam_arn
    names = {r: env.named(r) for r in ("jobs", "models", "handlers", "scheduler")}
    return FoundationOutputs[Wire](
        vpc_id=w("vpc-12345678"),
        private_subnet_ids={z: w(f"subnet-1234567{z}") for z in "abc"[: settings.foundation.network.zones]},
        security_groups=SecurityGroups[Wire](
            jobs=w("sg-12345671"), endpoints=w("sg-12345672"), models=w("sg-12345673")
        ),
        keys=Keys[Wire](**{k: w(env.placement.arn("kms", f"key/{k}")) for k in ("data", "models", "logs")}),
        roles=Roles[Wire](**{k: w(role("role", n)) for k, n in names.items()}),
        role_names=Roles[Wire](**{k: w(n) for k, n in names.items()}),
        permission_boundary_arn=w(role("policy", env.named("boundary"))),
        log_bucket=w(env.named("logs")),
    )
