"""The program that Pulumi runs: settings -> environment -> layers."""

from pathlib import Path

import pulumi

from contracts.workload import WorkloadError
from stacks.environment import Environment
from stacks.layers import deploy
from stacks.settings import OrganizationStack, SettingsError, load
from stacks.settings.neighbours import check_neighbours
from stacks.upstream import MissingLayer
from stacks.workloads import read_workloads

ROOT = Path(__file__).resolve().parent

try:
    settings = load(pulumi.get_stack(), ROOT)
    env = Environment.of(settings)
    if isinstance(settings, OrganizationStack):
        from stacks import organization

        organization.deploy(env, settings)
    else:
        check_neighbours(settings, ROOT)
        deploy(env, settings, read_workloads(ROOT, settings), ROOT)
except (SettingsError, WorkloadError, MissingLayer) as error:
    raise pulumi.RunError(str(error)) from None
