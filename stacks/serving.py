"""What answers: the endpoints of every model that has a release, and the ways in to them."""

import pulumi

from contracts.outputs import ServingOutputs
from stacks.doors import Doors
from stacks.entrances import take_events
from stacks.environment import Environment
from stacks.hosting import Host
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> ServingOutputs[Wire]:
    host = Host(env, settings, upstream, opts)
    for model in workloads:
        release = settings.models[model].release
        if release is not None:
            host.serve(model, release)
    endpoints = host.outputs["endpoints"]
    return ServingOutputs[Wire](
        **host.outputs,
        streams=take_events(env, settings, upstream, endpoints, opts),
        api=Doors(env, settings, workloads, upstream, endpoints, host.outputs["alarms"], opts).open(),
    )
