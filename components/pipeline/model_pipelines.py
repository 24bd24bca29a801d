"""The pipelines of one model."""

from pathlib import Path

import pulumi
from pulumi_aws import sagemaker
from pydantic import Field

from components.base import Args, Component, Placement
from components.names import Limit
from components.pipeline.definition import Capacity, DefinitionFile
from contracts.pipelines import Definition, Parameter

DESCRIPTIONS = {
    Definition.DATA: "Validates landed rows and computes features",
    Definition.TRAINING: "Trains on a new snapshot and registers what meets the gate",
    Definition.MONITOR: "Checks captured traffic for drift and bad data",
}


class ModelPipelinesArgs(Args):
    placement: Placement
    model: str = Field(description="The model's name.", max_length=32)
    definitions: Path = Field(description="Folder of the committed definitions, `<kind>.json`.")
    role_arn: pulumi.Input[str] = Field(description="Role that executions and their jobs have.")
    values: dict[Parameter, pulumi.Input[str]] = Field(
        description="Defaults of the definitions' parameters; each that a definition gives none must be here."
    )
    capacity: Capacity = Field(default=Capacity(), description="Machines of training jobs; on demand by default.")


class ModelPipelines(Component):
    """Data, training and monitoring of one model, from definitions that are the same for all models."""

    names: dict[Definition, pulumi.Output[str]]
    arns: dict[Definition, pulumi.Output[str]]

    def __init__(self, name: str, args: ModelPipelinesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:pipeline:ModelPipelines", name, args.placement, opts)
        files = {kind: DefinitionFile(args.definitions, kind).on(args.capacity) for kind in Definition}
        for file in files.values():
            file.require(args.values)
        made = {kind: self._pipeline(kind, file, args) for kind, file in files.items()}
        self.names = {kind: pipeline.pipeline_name for kind, pipeline in made.items()}
        self.arns = {kind: pipeline.arn for kind, pipeline in made.items()}
        self.register_outputs({"names": self.names, "arns": self.arns})

    def _pipeline(self, kind: Definition, file: DefinitionFile, args: ModelPipelinesArgs) -> sagemaker.Pipeline:
        name = args.placement.named(args.model, kind, limit=Limit.PIPELINE)
        values = {parameter.value: args.values[parameter] for parameter in sorted(file.parameters & args.values.keys())}
        return sagemaker.Pipeline(
            f"{self.name}-{kind}",
            pipeline_name=name,
            pipeline_display_name=name,
            pipeline_description=f"{DESCRIPTIONS[kind]}: {args.model}",
            pipeline_definition=pulumi.Output.all(**values).apply(file.fill),
            role_arn=args.role_arn,
            opts=self.child(),
        )
