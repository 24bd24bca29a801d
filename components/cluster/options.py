"""What a cluster may be asked for besides its nodes: add-ons, and persons who may use it."""

from enum import StrEnum
from typing import Self

from pydantic import Field, JsonValue, model_validator

from components.base import Args


class AddonName(StrEnum):
    VPC_CNI = "vpc-cni"
    KUBE_PROXY = "kube-proxy"
    POD_IDENTITY = "eks-pod-identity-agent"
    COREDNS = "coredns"
    NODE_MONITORING = "eks-node-monitoring-agent"
    METRICS_SERVER = "metrics-server"
    EBS = "aws-ebs-csi-driver"
    FSX = "aws-fsx-csi-driver"
    OBSERVABILITY = "amazon-cloudwatch-observability"
    STATE_METRICS = "kube-state-metrics"


class Addon(Args):
    """One add-on."""

    version: str | None = Field(
        default=None,
        pattern=r"^v\d+\.\d+\.\d+-eksbuild\.\d+$",
        description="Version, such as v1.20.4-eksbuild.1; by default EKS's own for the cluster's version, when made.",
    )
    configuration: dict[str, JsonValue] = Field(
        default={}, description="Values of its configuration schema, over the estate's; none by default."
    )


class AccessPolicy(StrEnum):
    """EKS's own policies, from least to most."""

    VIEW = "view"
    EDIT = "edit"
    ADMIN = "admin"
    CLUSTER_ADMIN = "cluster-admin"


class Access(Args):
    """What persons who have assumed a role may do on the cluster."""

    role_arn: str = Field(
        pattern=r"^arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+$",
        description="Role of the persons, such as one of IAM Identity Center; a user or the root is refused.",
    )
    policy: AccessPolicy = Field(default=AccessPolicy.VIEW, description="What they may do.")
    namespaces: tuple[str, ...] = Field(
        default=(),
        description="Namespaces in which they may; needed but for `cluster-admin`, and for `view` all by default.",
    )

    @model_validator(mode="after")
    def _scope_fits_the_policy(self) -> Self:
        if self.policy is AccessPolicy.CLUSTER_ADMIN and self.namespaces:
            raise ValueError("policy cluster-admin is for the whole cluster; for namespaces there is admin")
        if self.policy in (AccessPolicy.EDIT, AccessPolicy.ADMIN) and not self.namespaces:
            raise ValueError(f"policy {self.policy.value} needs namespaces in which it holds, such as training")
        return self
