"""The versions of one model."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import sagemaker
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, document

READ_GROUP = ["sagemaker:DescribeModelPackageGroup"]
# Whoever serves a version makes a model of it.
READ = ["sagemaker:CreateModel", "sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
WRITE = ["sagemaker:CreateModelPackage"]


class ModelGroupArgs(Args):
    placement: Placement
    model: str = Field(description="The model's name.", max_length=32)
    description: str = Field(description="What the model decides or estimates.", max_length=1024)
    readers: Sequence[str] = Field(
        default=(), description="Other accounts that may read and serve versions; none by default."
    )
    writers: Sequence[str] = Field(
        default=(), description="Other accounts that may register versions, and so read them; none by default."
    )


class ModelGroup(Component):
    """A model package group: every trained version, its metrics, who approved it, and which accounts share it."""

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
        if args.readers or args.writers:
            sagemaker.ModelPackageGroupPolicy(
                f"{name}-sharing",
                model_package_group_name=group.model_package_group_name,
                resource_policy=document(*_sharing(args)),
                opts=self.child(),
            )
        self.register_outputs({"group": self.group, "arn": self.arn})


def group_name(placement: Placement, model: str) -> str:
    """The group's name, which the layers before the registry need too: pipelines register into it."""
    return placement.named(model)


def central_group_arn(placement: Placement, account_id: str, prefix: str, model: str) -> str:
    """ARN of a model's group in a central registry's account, which made it under its own `prefix`.

    SageMaker takes it wherever it takes a group's name.
    """
    central = placement.model_copy(update={"account_id": account_id, "prefix": prefix})
    return central.arn("sagemaker", f"model-package-group/{group_name(central, model)}")


def _sharing(args: ModelGroupArgs) -> list[Statement]:
    place, name = args.placement, group_name(args.placement, args.model)
    group = place.arn("sagemaker", f"model-package-group/{name}")
    versions = place.arn("sagemaker", f"model-package/{name}/*")
    readers = sorted({*args.readers, *args.writers})
    statements: list[Statement] = [
        {
            "Sid": "ReadGroup",
            "Effect": "Allow",
            "Principal": {"AWS": _accounts(place, readers)},
            "Action": READ_GROUP,
            "Resource": group,
        },
        {
            "Sid": "ReadVersions",
            "Effect": "Allow",
            "Principal": {"AWS": _accounts(place, readers)},
            "Action": READ,
            "Resource": versions,
        },
    ]
    if args.writers:
        statements.append(
            {
                "Sid": "RegisterVersions",
                "Effect": "Allow",
                "Principal": {"AWS": _accounts(place, sorted(args.writers))},
                "Action": WRITE,
                "Resource": versions,
            }
        )
    return statements


def _accounts(place: Placement, accounts: Sequence[str]) -> list[str]:
    return [f"arn:{place.partition}:iam::{account}:root" for account in accounts]
