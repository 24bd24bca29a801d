"""A model that answers: its releases behind one endpoint."""

from typing import Self

import pulumi
from pulumi_aws import cloudwatch, sagemaker
from pydantic import Field, model_validator

from components.base import Args, Component, Placement
from components.endpoint import scaling
from components.endpoint.alarms import EndpointAlarms, EndpointAlarmsArgs
from components.endpoint.capture import Capture
from components.endpoint.configuration import Wanted, configuration
from components.endpoint.model import Runtime, multi_model, released_model
from components.endpoint.modes import Asynchronous, Hosted, MultiModel, RealTime, Serverless, check_rivals
from components.endpoint.results import AsyncResults
from components.endpoint.variants import Challenger, Served, Shadow, Variant
from components.signals import Signal
from contracts.instances import takes_key
from contracts.variants import CHALLENGER, CHAMPION, SHADOW


class Archives(Args):
    """What a multi-model endpoint loads: SageMaker takes an image and a prefix for it, and no package."""

    image: pulumi.Input[str] = Field(description="Image that can load and unload models.")
    prefix: pulumi.Input[str] = Field(description="`s3://` prefix of the archives, which ends in a slash.")
    environment: dict[str, str] = Field(description="Environment of the container.")


class ModelEndpointArgs(Args):
    placement: Placement
    model: str = Field(description="What is served: the model's name, with the endpoint's where it has several.")
    endpoint_name: str = Field(description="The endpoint's name, which stays the same from release to release.")
    serving: Hosted = Field(description="How it is served: the mode and its options.")
    release: Served = Field(description="The release that it serves.")
    challenger: Challenger | None = Field(default=None, description="Answers a share of the requests; none by default.")
    shadow: Shadow | None = Field(default=None, description="Gets copies of requests; none by default.")
    runtime: Runtime = Field(description="Network and role of the containers.")
    key_arn: pulumi.Input[str] = Field(
        description="KMS key of the instances' volumes; disks that encrypt themselves have none."
    )
    capture: Capture = Field(description="Where captured traffic goes; serverless endpoints capture nothing.")
    archives: Archives | None = Field(default=None, description="Multi-model only: what is loaded.")
    log_key_arn: pulumi.Input[str] = Field(description="KMS key of the container's log.")
    log_retention_days: int = Field(ge=1, description="Days that the container's log stays.")

    @model_validator(mode="after")
    def _parts_fit_the_mode(self) -> Self:
        if isinstance(self.serving, MultiModel) and self.archives is None:
            raise ValueError("mode multi-model needs archives")
        check_rivals(self.serving, self.challenger is not None, self.shadow is not None)
        return self


class ModelEndpoint(Component):
    """Models, endpoint configuration, endpoint with guardrails, alarms, autoscaling and log.

    A new release makes a new model and configuration, moves the endpoint over, and then removes the old ones. They are
    resources of their own, named after the version: a release that is rolled back leaves the old ones untouched, and
    pinning the old version again finds them. How many instances run is autoscaling's alone: the endpoint's own inputs
    do not name it.
    """

    endpoint: pulumi.Output[str]
    alarms: dict[Signal, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        args: ModelEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
        results: AsyncResults | None = None,
    ) -> None:
        """`results` is where an asynchronous endpoint leaves its answers; other modes have none."""
        super().__init__("estate:endpoint:ModelEndpoint", name, args.placement, opts)
        if isinstance(args.serving, Asynchronous) != (results is not None):
            raise ValueError(f"{name}: results are for the mode asynchronous, which needs them")
        variants = _variants(args)
        alarms = self._alarms(args, variants)
        self.alarms = alarms.names
        # SageMaker would make the log itself, in clear and for ever.
        log = cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/sagemaker/Endpoints/{args.endpoint_name}",
            kms_key_id=args.log_key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.child(),
        )
        needed: list[pulumi.Resource] = [log] if results is None else [log, results.permission]
        endpoint = sagemaker.Endpoint(
            f"{name}-endpoint",
            name=args.endpoint_name,
            endpoint_config_name=self._configuration(args, variants, results).name,
            deployment_config=args.serving.rollout.deployment_config(alarms.rollback),
            opts=self.child(depends_on=needed),
        )
        if isinstance(args.serving, Asynchronous):
            alarms.watch_queue(endpoint.name, args.serving.oldest_minutes)
        self._scale(args, variants, endpoint.name)
        self.endpoint = endpoint.name
        self.register_outputs({"endpoint": self.endpoint, "alarms": self.alarms})

    def _alarms(self, args: ModelEndpointArgs, variants: list[Variant]) -> EndpointAlarms:
        serving = args.serving
        return EndpointAlarms(
            f"{self.name}-alarms",
            EndpointAlarmsArgs(
                placement=args.placement,
                model=args.model,
                endpoint_name=args.endpoint_name,
                variants=[variant.name for variant in variants],
                error_percent=serving.error_percent,
                latency_ms=serving.latency_ms,
            ),
            self.child(),
        )

    def _configuration(
        self, args: ModelEndpointArgs, variants: list[Variant], results: AsyncResults | None
    ) -> sagemaker.EndpointConfiguration:
        serving = args.serving
        models = self._models(args, variants)
        # SageMaker refuses a key where hardware encrypts: of serverless workers, and of instances' own disks.
        key = None if isinstance(serving, Serverless) or not takes_key(serving.instance_type) else args.key_arn
        return configuration(
            self,
            args.model,
            "all" if isinstance(serving, MultiModel) else f"v{args.release.version}",
            _plain(args),
            Wanted(
                variants=[_production(serving, variant, models) for variant in variants],
                shadows=_shadows(args, models),
                key_arn=key,
                capture=None
                if isinstance(serving, Serverless)
                else args.capture.configuration(serving.capture_percent),
                results=results.configuration(serving.requests_per_instance)
                if results is not None and isinstance(serving, Asynchronous)
                else None,
            ),
        )

    def _models(self, args: ModelEndpointArgs, variants: list[Variant]) -> dict[int, pulumi.Output[str]]:
        """Names of the models, by the version of their release."""
        if isinstance(args.serving, MultiModel) and args.archives is not None:
            archives, runtime = args.archives, args.runtime
            made = multi_model(
                self,
                args.model,
                archives.image,
                archives.prefix,
                archives.environment,
                runtime,
                cache=args.serving.cache,
            )
            return {args.release.version: made.name}
        served = [variant.release for variant in variants]
        if args.shadow is not None:
            served.append(args.shadow.release)
        isolated = not isinstance(args.serving, Serverless)
        releases = {release.version: release for release in served}
        return {
            version: released_model(self, args.model, release, args.runtime, isolated=isolated).name
            for version, release in releases.items()
        }

    def _scale(self, args: ModelEndpointArgs, variants: list[Variant], endpoint: pulumi.Output[str]) -> None:
        serving = args.serving
        if isinstance(serving, Serverless):
            scaling.by_use(self, args.model, endpoint, serving)
        elif isinstance(serving, Asynchronous):
            scaling.by_backlog(self, args.model, endpoint, variants[0], serving.autoscaling)
        else:
            for variant in variants:
                planned = serving.autoscaling.planned if variant.name == CHAMPION else {}
                target = serving.autoscaling.invocations_per_instance
                scaling.by_invocations(self, args.model, endpoint, variant, target, planned)


def _variants(args: ModelEndpointArgs) -> list[Variant]:
    """The variants that answer, the endpoint's own release first."""
    serving, percent = args.serving, args.challenger.percent if args.challenger is not None else 0
    bounds = (1, 1) if isinstance(serving, Serverless) else (serving.autoscaling.minimum, serving.autoscaling.maximum)
    slot = serving.challenger_slot if isinstance(serving, RealTime) else None
    # Whole numbers: SageMaker keeps 0.9 as 0.89999998, which the AWS provider takes for a change and replaces.
    own = Variant(name=CHAMPION, release=args.release, weight=100 - percent, minimum=bounds[0], maximum=bounds[1])
    if slot is None:
        return [own]
    rival = args.challenger.release if args.challenger is not None else args.release
    other = Variant(name=CHALLENGER, release=rival, weight=percent, minimum=slot.minimum, maximum=slot.maximum)
    return [own, other]


def _production(
    serving: Hosted, variant: Variant, models: dict[int, pulumi.Output[str]]
) -> sagemaker.EndpointConfigurationProductionVariantArgsDict:
    made: sagemaker.EndpointConfigurationProductionVariantArgsDict = {
        "variant_name": variant.name,
        "model_name": models[variant.release.version],
        "initial_variant_weight": variant.weight,
    }
    if not isinstance(serving, Serverless):
        # SageMaker starts an endpoint with one instance at least; autoscaling may stop it then.
        return {
            **made,
            "instance_type": serving.instance_type,
            "initial_instance_count": max(1, variant.minimum),
        }
    worker: sagemaker.EndpointConfigurationProductionVariantServerlessConfigArgsDict = {
        "memory_size_in_mb": serving.memory_mb,
        "max_concurrency": serving.max_concurrency,
    }
    if serving.provisioned_concurrency is not None:
        worker["provisioned_concurrency"] = serving.provisioned_concurrency
    return {**made, "serverless_config": worker}


def _shadows(
    args: ModelEndpointArgs, models: dict[int, pulumi.Output[str]]
) -> list[sagemaker.EndpointConfigurationShadowProductionVariantArgsDict]:
    if args.shadow is None or not isinstance(args.serving, RealTime):
        return []
    return [
        {
            "variant_name": SHADOW,
            "model_name": models[args.shadow.release.version],
            "instance_type": args.serving.instance_type,
            "initial_instance_count": args.shadow.instances,
            # Its share of the copies is its weight by that of the variant whose requests are copied, which is 100.
            "initial_variant_weight": args.shadow.percent,
        }
    ]


def _plain(args: ModelEndpointArgs) -> dict[str, object]:
    """The settings that a configuration is made of: those that change an endpoint without making a configuration anew,
    such as alarms and upper bounds, are not among them.
    """
    serving = args.serving.model_dump(
        mode="json", exclude={"rollout": True, "latency_ms": True, "error_percent": True, "oldest_minutes": True,
                              "cache": True, "provisioned_maximum": True,
                              "autoscaling": {"maximum", "invocations_per_instance", "backlog_per_instance", "planned"},
                              "challenger_slot": {"maximum"}},
    )  # fmt: skip
    rivals = [rival.model_dump(mode="json") if rival is not None else None for rival in (args.challenger, args.shadow)]
    return {"serving": serving, "challenger": rivals[0], "shadow": rivals[1]}
