"""The roles that services assume to work in the estate."""

from enum import StrEnum

import pulumi
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import bare_trust, trust
from components.roles import bounded_role, inline_policy
from components.security.role_policies import base_statements


class Actor(StrEnum):
    """Who acts; its value names the role."""

    JOBS = "jobs"
    MODELS = "models"
    HANDLERS = "handlers"
    SCHEDULER = "scheduler"


SERVICES = {Actor.JOBS: "sagemaker", Actor.MODELS: "sagemaker", Actor.SCHEDULER: "scheduler"}
DESCRIPTIONS = {
    Actor.JOBS: "Processing and training jobs, and pipeline executions",
    Actor.MODELS: "Hosted models",
    Actor.HANDLERS: "Lambda handlers",
    Actor.SCHEDULER: "Schedules that start pipelines",
}


class RolesArgs(Args):
    placement: Placement
    environment: str = Field(description="Name of the environment, whose published parameters the roles may read.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="What the roles may never exceed.")
    models_key_arn: pulumi.Input[str] = Field(description="Key of volumes of jobs and endpoints.")
    logs_key_arn: pulumi.Input[str] = Field(description="Key of queues to which handlers report failures.")


class Roles(Component):
    """Roles that can run and report, and nothing else: each layer grants what it owns."""

    arns: dict[Actor, pulumi.Output[str]]
    names: dict[Actor, pulumi.Output[str]]

    def __init__(self, name: str, args: RolesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:security:Roles", name, args.placement, opts)
        place = args.placement
        self.arns, self.names = {}, {}
        for actor in Actor:
            role = bounded_role(
                self,
                actor,
                suffix=actor,
                description=DESCRIPTIONS[actor],
                boundary_arn=args.permission_boundary_arn,
                trusted=trust(place, SERVICES[actor]) if actor in SERVICES else bare_trust("lambda"),
            )
            self.arns[actor], self.names[actor] = role.arn, role.name
            statements = base_statements(place, actor.value, args.environment, args.models_key_arn, args.logs_key_arn)
            if statements:
                inline_policy(self, role.name, f"{actor}-base", *statements, suffix=f"{actor}-base")
        self.register_outputs({"arns": self.arns, "names": self.names})
