"""The feature groups of an environment, and who may use them."""

from collections.abc import Mapping

import pulumi
from pydantic import Field

from components.base import Args, Component, Placement
from components.features.feature_group import FeatureGroup, FeatureGroupArgs, Records
from components.roles import inline_policy
from contracts.workload import Workload


class FeatureStoreArgs(Args):
    placement: Placement
    workloads: Mapping[str, Workload] = Field(description="Workloads by model, each of which gets a feature group.")
    bucket: pulumi.Input[str] = Field(description="Bucket of the offline store, which lies under `feature-store/`.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of online and offline store.")
    database: pulumi.Input[str] | None = Field(
        default=None, description="Glue database of offline tables, where they are Iceberg's. Needed for those only."
    )
    personal_tag: pulumi.Input[str] | None = Field(
        default=None, description="Lake Formation's tag, where that governs the database; none by default."
    )
    records: Records = Field(default=Records(), description="How records are kept.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="Permission boundary of the groups' roles.")


class FeatureStore(Component):
    """One feature group a model."""

    groups: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: FeatureStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:features:FeatureStore", name, args.placement, opts)
        self._key_arn = args.key_arn
        self.groups = {}
        for model, workload in args.workloads.items():
            group = FeatureGroup(
                f"{name}-{model}",
                FeatureGroupArgs(
                    placement=args.placement,
                    workload=workload,
                    bucket=args.bucket,
                    key_arn=args.key_arn,
                    database=args.database,
                    personal_tag=args.personal_tag,
                    records=args.records,
                    permission_boundary_arn=args.permission_boundary_arn,
                ),
                self.child(),
            )
            self.groups[model] = group.group_name
        self.register_outputs({"groups": self.groups})

    def grant_read(self, grantee: str, role_name: pulumi.Input[str]) -> None:
        """Lets a role read records of every group. `grantee` names the grant; give each role its own."""
        self._grant("read", grantee, role_name, ["BatchGetRecord", "DescribeFeatureGroup", "GetRecord"], ["Decrypt"])

    def grant_read_write(self, grantee: str, role_name: pulumi.Input[str]) -> None:
        """Lets a role read, put and delete records of every group."""
        actions = ["BatchGetRecord", "DeleteRecord", "DescribeFeatureGroup", "GetRecord", "PutRecord"]
        self._grant("use", grantee, role_name, actions, ["Decrypt", "GenerateDataKey"])

    def _grant(
        self, verb: str, grantee: str, role_name: pulumi.Input[str], actions: list[str], key_actions: list[str]
    ) -> None:
        # By pattern, so that the policy stays as long as it is with any number of models.
        groups = self.placement.arn("sagemaker", f"feature-group/{self.placement.prefix}-*")
        inline_policy(
            self,
            role_name,
            f"{self.name}-{verb}-{grantee}",
            {"Effect": "Allow", "Action": [f"sagemaker:{action}" for action in actions], "Resource": groups},
            {"Effect": "Allow", "Action": [f"kms:{action}" for action in key_actions], "Resource": self._key_arn},
            suffix=f"{verb}-{grantee}",
        )
