"""The lake, its catalog and the feature store."""

import pulumi

from contracts.outputs import Buckets, DataOutputs
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> DataOutputs[Wire]:
    w = pulumi.Output.from_input
    names = {zone: env.named(zone) for zone in ("raw", "curated", "features", "models")}
    return DataOutputs[Wire](
        buckets=Buckets[Wire](**{z: w(n) for z, n in names.items()}),
        bucket_arns=Buckets[Wire](**{z: w(f"arn:{env.partition}:s3:::{n}") for z, n in names.items()}),
        database=w(env.named("lake")),
        workgroup=w(env.named("lake")),
        feature_groups={m: w(env.named(m)) for m in workloads},
    )
