"""Add-ons that EKS keeps on a cluster, and what each needs of AWS."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pulumi
from pulumi_aws import cloudwatch, eks
from pydantic import Field, JsonValue

from components.base import Args, Component, Placement
from components.cluster.options import Addon, AddonName
from components.cluster.pod_role import PodRole, PodRoleArgs
from components.documents import Statement, Text, document, lend_key

# Before the nodes, as a node without a network never gets ready; the others after them, as they run on them.
BEFORE_NODES = (AddonName.VPC_CNI, AddonName.KUBE_PROXY, AddonName.POD_IDENTITY)
ALWAYS = (*BEFORE_NODES, AddonName.COREDNS, AddonName.NODE_MONITORING, AddonName.METRICS_SERVER)
INSIGHTS = ("application", "dataplane", "host", "performance")


class Identity(NamedTuple):
    """The service account whose pods call AWS, and AWS's policy for them."""

    subject: str
    namespace: str
    service_account: str
    policy: str


# The FSx driver needs none: it mounts file systems that are there, and makes none.
IDENTITIES: Mapping[AddonName, Identity] = {
    AddonName.VPC_CNI: Identity("network", "kube-system", "aws-node", "AmazonEKS_CNI_Policy"),
    AddonName.EBS: Identity("volumes", "kube-system", "ebs-csi-controller-sa", "service-role/AmazonEBSCSIDriverPolicy"),
    AddonName.OBSERVABILITY: Identity(
        "insights", "amazon-cloudwatch", "cloudwatch-agent", "CloudWatchAgentServerPolicy"
    ),
}
CONFIGURATION: Mapping[AddonName, Mapping[str, JsonValue]] = {AddonName.VPC_CNI: {"enableNetworkPolicy": "true"}}


class AddonsArgs(Args):
    placement: Placement
    cluster: str = Field(description="Name of the cluster, for what must know it before it is there.")
    cluster_name: pulumi.Input[str] = Field(description="The cluster.")
    addons: Mapping[AddonName, Addon] = Field(description="Add-ons besides those that every cluster has, and versions.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="The most that the add-ons' roles may do.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of volumes that pods ask for.")
    log_key_arn: pulumi.Input[str] = Field(description="KMS key of the logs that pods write.")
    log_retention_days: int = Field(ge=1, description="Days that these logs stay.")


class Addons:
    """Makes a cluster's add-ons as children of `owner`, in two goes: before its nodes, and after them."""

    def __init__(self, owner: Component, args: AddonsArgs) -> None:
        self._owner, self._args = owner, args
        self._wanted = {name: args.addons.get(name, Addon()) for name in sorted({*ALWAYS, *args.addons})}

    def before_nodes(self) -> list[eks.Addon]:
        return [self._addon(name, addon) for name, addon in self._wanted.items() if name in BEFORE_NODES]

    def after_nodes(self, nodes: Sequence[pulumi.Resource]) -> list[eks.Addon]:
        return [self._addon(name, addon, nodes) for name, addon in self._wanted.items() if name not in BEFORE_NODES]

    def _addon(self, name: AddonName, addon: Addon, after: Sequence[pulumi.Resource] = ()) -> eks.Addon:
        settings = {**CONFIGURATION.get(name, {}), **addon.configuration}
        identity = IDENTITIES.get(name)
        role = None if identity is None else self._role(name, identity)
        needed: list[pulumi.Resource] = [*after, *(role.ready if role is not None else ())]
        if name is AddonName.OBSERVABILITY:
            needed += self._insights()
        associations: list[eks.AddonPodIdentityAssociationArgsDict] | None = None
        if role is not None and identity is not None:
            associations = [{"role_arn": role.arn, "service_account": identity.service_account}]
        return eks.Addon(
            f"{self._owner.name}-{name}",
            cluster_name=self._args.cluster_name,
            addon_name=name.value,
            addon_version=addon.version,
            configuration_values=json.dumps(settings, sort_keys=True) if settings else None,
            pod_identity_associations=associations,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="PRESERVE",
            opts=self._owner.child(depends_on=needed or None),
        )

    def _role(self, name: AddonName, identity: Identity) -> PodRole:
        args = self._args
        return PodRole(
            f"{self._owner.name}-{identity.subject}",
            PodRoleArgs(
                placement=args.placement,
                subject=identity.subject,
                cluster=args.cluster,
                namespace=identity.namespace,
                service_account=identity.service_account,
                permission_boundary_arn=args.permission_boundary_arn,
                managed_policies=(identity.policy,),
                policy=document(*_use_key(args.key_arn)) if name is AddonName.EBS else None,
            ),
            self._owner.child(),
        )

    def _insights(self) -> list[pulumi.Resource]:
        """Logs that the agent would otherwise make itself, in clear and for ever."""
        return [
            cloudwatch.LogGroup(
                f"{self._owner.name}-insights-{kind}",
                name=f"/aws/containerinsights/{self._args.cluster}/{kind}",
                kms_key_id=self._args.log_key_arn,
                retention_in_days=self._args.log_retention_days,
                opts=self._owner.child(),
            )
            for kind in INSIGHTS
        ]


def _use_key(key_arn: Text) -> list[Statement]:
    """Volumes with a key of the customer; AWS's policy for the driver knows none."""
    return [
        {
            "Sid": "EncryptVolumes",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"],
            "Resource": key_arn,
        },
        lend_key("LendKeyToVolumes", key_arn),
    ]
