"""Dashboards where a Grafana finds them: a JSON file in a bucket, to be synchronised into its provisioning folder."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import s3
from pydantic import Field

from components.base import Args, Component, Placement
from components.monitoring.grafana import dashboard
from components.monitoring.model_signals import ModelSignal

FOLDER = "grafana/dashboards"


class GrafanaFilesArgs(Args):
    placement: Placement
    environment: str = Field(description="Name of the environment.")
    bucket: pulumi.Input[str] = Field(description="Bucket that encrypts what it is given.")
    models: Mapping[str, Sequence[ModelSignal]] = Field(min_length=1, description="What is watched, by model.")


class GrafanaFiles(Component):
    """One object: the environment's models on one page."""

    uri: pulumi.Output[str]

    def __init__(self, name: str, args: GrafanaFilesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:monitoring:GrafanaFiles", name, args.placement, opts)
        made = s3.BucketObjectv2(
            f"{name}-models",
            bucket=args.bucket,
            key=f"{FOLDER}/models.json",
            source=pulumi.StringAsset(dashboard(args.environment, args.placement.region, args.models)),
            content_type="application/json",
            checksum_algorithm="SHA256",
            opts=self.child(),
        )
        self.uri = pulumi.Output.concat("s3://", made.bucket, "/", made.key)
        self.register_outputs({"uri": self.uri})
