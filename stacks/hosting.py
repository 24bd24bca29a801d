"""A model's endpoints: its own one, and those that serve the same release in other ways."""

from dataclasses import dataclass, field

import pulumi

from components.endpoint.batch import ScheduledTransform, ScheduledTransformArgs
from components.endpoint.capture import Capture
from components.endpoint.model import Runtime
from components.endpoint.model_endpoint import Archives, ModelEndpoint, ModelEndpointArgs
from components.endpoint.modes import Asynchronous, Batch, Component, Hosted, MultiModel
from components.endpoint.results import AsyncResults, AsyncResultsArgs
from components.endpoint.variants import Challenger, Served, Shadow
from components.images.repositories import Image
from stacks.environment import Environment
from stacks.models import SERVED, endpoint_name, transform_name, uris
from stacks.settings import EstateSettings, ModelSettings, Release
from stacks.upstream import Upstream, Wire


@dataclass
class Host:
    """Makes the endpoints of an environment, and notes what came of them."""

    env: Environment
    settings: EstateSettings
    upstream: Upstream
    opts: pulumi.ResourceOptions
    outputs: dict[str, dict[str, Wire]] = field(
        default_factory=lambda: {
            key: {}
            for key in (
                "endpoints",
                "alarms",
                "more_endpoints",
                "more_alarms",
                "inference_components",
                "answer_topics",
                "transforms",
            )
        }
    )

    def serve(self, model: str, release: Release) -> None:
        """All endpoints of a model that has a release."""
        wanted = self.settings.models[model]
        own = self._endpoint(model, "", wanted.endpoint, release)
        self.outputs["endpoints"][model] = own.endpoint
        for name, serving in sorted(wanted.more_endpoints.items()):
            if isinstance(serving, Batch):
                self.outputs["transforms"][f"{model}/{name}"] = self._transform(model, name, serving, release).schedule
            elif isinstance(serving, Component):
                self._component(model, name, serving, release)
            else:
                other = self._endpoint(model, name, serving, release)
                self.outputs["more_endpoints"][f"{model}/{name}"] = other.endpoint

    def _endpoint(self, model: str, name: str, serving: Hosted, release: Release) -> ModelEndpoint:
        base, place = self.upstream.foundation, self.env.placement
        subject, key = _joined("-", model, name), _joined("/", model, name)
        wanted = self.settings.models[model]
        rivals = _rivals(wanted) if not name else (None, None)
        results = self._results(model, name) if isinstance(serving, Asynchronous) else None
        made = ModelEndpoint(
            f"{subject}-endpoint",
            ModelEndpointArgs(
                placement=place,
                model=subject,
                endpoint_name=endpoint_name(self.env, model, name),
                serving=serving,
                release=_served(release),
                challenger=rivals[0],
                shadow=rivals[1],
                runtime=self._runtime(),
                key_arn=base.keys.models,
                capture=Capture(uri=self._capture_uri(model, name), key_arn=base.keys.data),
                archives=self._archives(model) if isinstance(serving, MultiModel) else None,
                log_key_arn=base.keys.logs,
                log_retention_days=self.settings.monitoring.log_retention_days,
            ),
            opts=self.opts,
            results=results,
        )
        if results is not None:
            self.outputs["answer_topics"][key] = results.topic
        alarms = self.outputs["more_alarms" if name else "alarms"]
        alarms |= {f"{key}/{signal}": alarm for signal, alarm in made.alarms.items()}
        return made

    def _component(self, model: str, name: str, serving: Component, release: Release) -> None:
        from components.endpoint.component_endpoint import ComponentEndpoint, ComponentEndpointArgs

        base, key = self.upstream.foundation, _joined("/", model, name)
        made = ComponentEndpoint(
            f"{model}-{name}-endpoint",
            ComponentEndpointArgs(
                placement=self.env.placement,
                model=_joined("-", model, name),
                endpoint_name=endpoint_name(self.env, model, name),
                serving=serving,
                release=_served(release),
                runtime=self._runtime(),
                key_arn=base.keys.models,
                log_key_arn=base.keys.logs,
                log_retention_days=self.settings.monitoring.log_retention_days,
            ),
            opts=self.opts,
        )
        self.outputs["more_endpoints"][key] = made.endpoint
        self.outputs["inference_components"][key] = made.component
        self.outputs["more_alarms"] |= {f"{key}/{signal}": alarm for signal, alarm in made.alarms.items()}

    def _results(self, model: str, name: str) -> AsyncResults:
        base, data = self.upstream.foundation, self.upstream.data
        prefix = f"{model}/{name or 'async'}"
        start = pulumi.Output.concat("s3://", data.buckets.curated, f"/{prefix}/")
        return AsyncResults(
            f"{_joined('-', model, name)}-answers",
            AsyncResultsArgs(
                placement=self.env.placement,
                subject=_joined("-", model, name),
                bucket_arn=data.bucket_arns.curated,
                prefix=prefix,
                answers_uri=pulumi.Output.concat(start, "answers"),
                failures_uri=pulumi.Output.concat(start, "failures"),
                data_key_arn=base.keys.data,
                message_key_arn=base.keys.logs,
                role_name=base.role_names.models,
            ),
            opts=self.opts,
        )

    def _transform(self, model: str, name: str, batch: Batch, release: Release) -> ScheduledTransform:
        base, data = self.upstream.foundation, self.upstream.data
        prefix = f"{model}/{name}"
        return ScheduledTransform(
            f"{model}-{name}-transform",
            ScheduledTransformArgs(
                placement=self.env.placement,
                subject=f"{model}-{name}",
                schedule_name=transform_name(self.env, model, name),
                release=_served(release),
                runtime=self._runtime(),
                batch=batch,
                input_uri=pulumi.Output.concat("s3://", data.buckets.raw, f"/{prefix}/files/"),
                output_uri=pulumi.Output.concat("s3://", data.buckets.curated, f"/{prefix}/answers"),
                capture_uri=self._capture_uri(model, name),
                input_arn=data.bucket_arns.raw,
                output_arn=data.bucket_arns.curated,
                prefix=prefix,
                data_key_arn=base.keys.data,
                volume_key_arn=base.keys.models,
                model_role_name=base.role_names.models,
                scheduler_role_arn=base.roles.scheduler,
                scheduler_role_name=base.role_names.scheduler,
            ),
            opts=self.opts,
        )

    def _runtime(self) -> Runtime:
        base = self.upstream.foundation
        return Runtime(
            role_arn=base.roles.models,
            subnet_ids=base.private_subnet_ids,
            security_group_id=base.security_groups.models,
        )

    def _archives(self, model: str) -> Archives:
        repository = self.upstream.training.repositories[Image.SERVING]
        return Archives(
            image=pulumi.Output.concat(repository, f":{self.settings.training.image_tag}"),
            prefix=pulumi.Output.concat(uris(self.upstream, model)["models_uri"], f"/{SERVED}/"),
            environment={"ESTATE_WORKLOAD": model},
        )

    def _capture_uri(self, model: str, name: str) -> Wire:
        """Other endpoints keep their traffic apart from what the monitors read."""
        if not name:
            return uris(self.upstream, model)["capture_uri"]
        return pulumi.Output.concat("s3://", self.upstream.data.buckets.raw, f"/{model}/{name}/capture")


def _joined(separator: str, model: str, name: str) -> str:
    return f"{model}{separator}{name}" if name else model


def _served(release: Release) -> Served:
    return Served(version=release.version, package_arn=release.package_arn)


def _rivals(wanted: ModelSettings) -> tuple[Challenger | None, Shadow | None]:
    challenger, shadow = wanted.challenger, wanted.shadow
    return (
        None if challenger is None else Challenger(release=_served(challenger.release), percent=challenger.percent),
        None
        if shadow is None
        else Shadow(release=_served(shadow.release), percent=shadow.percent, instances=shadow.instances),
    )
