"""The versions of one model."""

import pulumi
from pulumi_aws import sagemaker
from pydantic import Field

from components.base import Args, Component, Placement


class ModelGroupArgs(Args):
    placement: Placement
    model: str = Field(description="The model's name.", max_length=32)
    description: str = Field(description="What the model decides or estimates.", max_length=1024)


class ModelGroup(Component):
    """A model package group: every trained version, its metrics, who approved it."""

    group: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: ModelGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:registry:ModelGroup", name, args.placement, opts)
        group = sagemaker.ModelPackageGroup(
            f"{name}-group",
            model_package_group_name=group_name(args.placement, args.model),
            model_package_group_description=args.description,
            opts=self.stateful_child(),
        )
        self.group, self.arn = group.model_package_group_name, group.arn
        self.register_outputs({"group": self.group, "arn": self.arn})


def group_name(placement: Placement, model: str) -> str:
    """The group's name, which the layers before the registry need too: pipelines register into it."""
    return placement.named(model)
