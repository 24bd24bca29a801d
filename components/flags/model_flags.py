"""Feature flags of the models in AppConfig: what every door asks before it lets a request through."""

import json
from collections.abc import Mapping, Sequence
from typing import Self

import pulumi
from pulumi_aws import appconfig, iam
from pydantic import Field, model_validator

from components.base import Args, Component, Placement
from components.documents import Statement, bare_trust
from components.roles import bounded_role, inline_policy
from contracts.variants import CHALLENGER, CHAMPION

MOST_MONITORS = 5  # alarms of an AppConfig environment; from its quotas


class Switches(Args):
    """The flags of one model."""

    enabled: bool = Field(default=True, description="Whether the model is asked at all.")
    largest_rows: int | None = Field(default=None, ge=1, description="Rows of a request; any by default.")
    explore_percent: int | None = Field(
        default=None, ge=0, le=100, description="Share of requests for the challenger; the endpoint's own by default."
    )


class ModelFlagsArgs(Args):
    placement: Placement
    switches: Mapping[str, Switches] = Field(min_length=1, description="Flags, by model.")
    alarms: Mapping[str, Sequence[pulumi.Input[str]]] = Field(
        description="Names of the alarms that take changed flags back, by model; five at most."
    )
    step_percent: int = Field(default=20, ge=1, le=100, description="Readers that get new flags with each step.")
    minutes: int = Field(default=10, ge=0, le=1440, description="Until all readers have them.")
    bake_minutes: int = Field(default=10, ge=0, le=1440, description="For which alarms are watched after that.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the flags; readers may decrypt with it.")
    permission_boundary_arn: pulumi.Input[str]

    @model_validator(mode="after")
    def _alarms_are_few(self) -> Self:
        for model, alarms in self.alarms.items():
            if len(alarms) > MOST_MONITORS:
                raise ValueError(f"{model} has {len(alarms)} alarms; AppConfig watches {MOST_MONITORS}")
        return self


class FlagReader(Args):
    """What a function needs that reads flags."""

    where: pulumi.Input[str] = Field(description="JSON: application, environment and profile, by model.")
    arns: Mapping[str, pulumi.Input[str]] = Field(description="Configurations that it may read, by model.")

    def statement(self) -> Statement:
        return {
            "Sid": "ReadFlags",
            "Effect": "Allow",
            "Action": ["appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"],
            "Resource": [self.arns[model] for model in sorted(self.arns)],
        }


class ModelFlags(Component):
    """An application, a strategy, and for each model an environment, a profile, its flags and their deployment.

    Every model has an environment of its own, as alarms roll an environment back: one model's bad flags must not take
    another's good ones with them. Whoever changes a flag changes the settings; nothing else writes one.
    """

    reader: FlagReader

    def __init__(self, name: str, args: ModelFlagsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:flags:ModelFlags", name, args.placement, opts)
        application = appconfig.Application(
            f"{name}-application",
            name=args.placement.named("models"),
            description="Flags of the models",
            opts=self.guarding_child(),
        )
        strategy = appconfig.DeploymentStrategy(
            f"{name}-strategy",
            name=args.placement.named("flags"),
            description=f"{args.step_percent} % at a time over {args.minutes} minutes",
            growth_type="LINEAR",
            growth_factor=float(args.step_percent),
            deployment_duration_in_minutes=args.minutes,
            final_bake_time_in_minutes=args.bake_minutes,
            replicate_to="NONE",
            opts=self.child(),
        )
        watcher = self._watcher(args)
        where: dict[str, dict[str, pulumi.Output[str]]] = {}
        arns: dict[str, pulumi.Input[str]] = {}
        for model in sorted(args.switches):
            place = self._flags(args, model, application, strategy, watcher)
            where[model] = place
            arns[model] = pulumi.Output.concat(
                args.placement.arn("appconfig", "application/"),
                place["application"],
                "/environment/",
                place["environment"],
                "/configuration/",
                place["profile"],
            )
        self.reader = FlagReader(
            where=pulumi.Output.json_dumps(where, sort_keys=True, separators=(",", ":")), arns=arns
        )
        self.register_outputs({"application": application.id})

    def _watcher(self, args: ModelFlagsArgs) -> tuple[iam.Role, iam.RolePolicy]:
        """AppConfig looks at the alarms in this role's name."""
        place = args.placement
        role = bounded_role(
            self,
            "flags",
            suffix="watcher",
            description="AppConfig looks at the alarms that take changed flags back",
            boundary_arn=args.permission_boundary_arn,
            trusted=bare_trust("appconfig"),
        )
        policy = inline_policy(
            self,
            role.name,
            "alarms",
            {
                "Sid": "SeeAlarms",
                "Effect": "Allow",
                "Action": "cloudwatch:DescribeAlarms",
                "Resource": place.arn("cloudwatch", "alarm:*"),
            },
            suffix="watcher-policy",
        )
        return role, policy

    def _flags(
        self,
        args: ModelFlagsArgs,
        model: str,
        application: appconfig.Application,
        strategy: appconfig.DeploymentStrategy,
        watcher: tuple[iam.Role, iam.RolePolicy],
    ) -> dict[str, pulumi.Output[str]]:
        alarm = args.placement.arn("cloudwatch", "alarm:")
        environment = appconfig.Environment(
            f"{self.name}-{model}",
            application_id=application.id,
            name=model,
            description=f"Doors that ask {model}",
            monitors=[
                {"alarm_arn": pulumi.Output.concat(alarm, each), "alarm_role_arn": watcher[0].arn}
                for each in args.alarms.get(model, ())
            ],
            # AppConfig tries whether the role may see the alarms.
            opts=self.child(depends_on=[watcher[1]]),
        )
        profile = appconfig.ConfigurationProfile(
            f"{self.name}-{model}-profile",
            application_id=application.id,
            name=model,
            description=f"Flags of {model}",
            location_uri="hosted",
            type="AWS.AppConfig.FeatureFlags",
            kms_key_identifier=args.key_arn,
            opts=self.guarding_child(),  # AppConfig deletes none that has versions
        )
        version = appconfig.HostedConfigurationVersion(
            f"{self.name}-{model}-version",
            application_id=application.id,
            configuration_profile_id=profile.configuration_profile_id,
            content_type="application/json",
            content=flags(args.switches[model]),
            # An alarm takes flags back to the version before them, which must still be there.
            opts=self.guarding_child(),
        )
        appconfig.Deployment(
            f"{self.name}-{model}-deployment",
            application_id=application.id,
            environment_id=environment.environment_id,
            configuration_profile_id=profile.configuration_profile_id,
            configuration_version=version.version_number.apply(str),
            deployment_strategy_id=strategy.id,
            kms_key_identifier=args.key_arn,
            opts=self.child(),
        )
        return {
            "application": application.id,
            "environment": environment.environment_id,
            "profile": profile.configuration_profile_id,
        }


def flags(wanted: Switches) -> str:
    """The flags as AppConfig's own format has them: which there are, what they may be, and what they are."""

    def number(minimum: int, **more: int) -> dict[str, object]:
        return {"constraints": {"type": "number", "minimum": minimum, **more}}

    text = {"constraints": {"type": "string", "enum": [CHAMPION, CHALLENGER]}}
    answers: dict[str, object] = {"enabled": wanted.enabled}
    if wanted.largest_rows is not None:
        answers["largest_rows"] = wanted.largest_rows
    explore: dict[str, object] = {"enabled": wanted.explore_percent is not None}
    if wanted.explore_percent is not None:
        explore |= {"percent": wanted.explore_percent, "variant": CHALLENGER, "otherwise": CHAMPION}
    found = {
        "version": "1",
        "flags": {
            "answers": {"name": "answers", "attributes": {"largest_rows": number(1)}},
            "explore": {
                "name": "explore",
                "attributes": {"percent": number(0, maximum=100), "variant": text, "otherwise": text},
            },
        },
        "values": {"answers": answers, "explore": explore},
    }
    return json.dumps(found, sort_keys=True, separators=(",", ":"))
