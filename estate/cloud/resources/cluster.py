"""The Kubernetes cluster and what AWS manages of it."""

from estate.cloud.resources.row import Row, Step, Wait
from estate.cloud.resources.template import At

_CLUSTER = {"clusterName": "{in.clusterName}"}
_GONE = ("ResourceNotFoundException",)
_ACTIVE = Wait("status", frozenset({"ACTIVE"}), frozenset({"FAILED", "CREATE_FAILED", "DEGRADED"}), "health")
_VPC_CONFIG = {"vpcConfig": "resourcesVpcConfig"}


def _log_types(types: list[str]) -> dict[str, object]:
    every = ("api", "audit", "authenticator", "controllerManager", "scheduler")
    off = [kind for kind in every if kind not in types]
    groups = [{"types": sorted(types), "enabled": True}] if types else []
    return {"logging": {"clusterLogging": groups + ([{"types": off, "enabled": False}] if off else [])}}


ROWS = (
    Row(
        "aws:eks/cluster:Cluster",
        "eks",
        Step("CreateCluster", names=_VPC_CONFIG, via={"enabledClusterLogTypes": _log_types}),
        id="{in.name}",
        read=(Step("DescribeCluster", (), {"name": "{id}"}, at="cluster"),),
        update=(
            Step("UpdateClusterVersion", ("version",), {"name": "{id}"}, whole=False),
            Step(
                "UpdateClusterConfig",
                ("vpcConfig",),
                {"name": "{id}"},
                _VPC_CONFIG,
                whole=False,
            ),
            Step(
                "UpdateClusterConfig",
                ("enabledClusterLogTypes",),
                {"name": "{id}"},
                via={"enabledClusterLogTypes": _log_types},
            ),
            Step("UpdateClusterConfig", ("accessConfig",), {"name": "{id}"}),
            Step("UpdateClusterConfig", ("upgradePolicy",), {"name": "{id}"}),
            Step("UpdateClusterConfig", ("deletionProtection",), {"name": "{id}"}),
        ),
        delete=(Step("DeleteCluster", (), {"name": "{id}"}),),
        outputs={
            "arn": "{read.arn}",
            "endpoint": "{read.endpoint}",
            "status": "{read.status}",
            "platformVersion": "{read.platformVersion}",
            "createdAt": "{read.createdAt}",
            "certificateAuthority": "{read.certificateAuthority}",
            "version": "{read.version}",
            "identities": At("[{oidcs: [{issuer: read.identity.oidc.issuer}]}]"),
            "clusterId": "",
            "vpcConfig": At(
                "merge(in.vpcConfig, {clusterSecurityGroupId: read.resourcesVpcConfig.clusterSecurityGroupId, "
                "vpcId: read.resourcesVpcConfig.vpcId})"
            ),
        },
        name="name",
        fixed=(
            "name",
            "roleArn",
            "encryptionConfig",
            "kubernetesNetworkConfig",
            "bootstrapSelfManagedAddons",
            "outpostConfig",
        ),
        local=("defaultAddonsToRemoves", "forceUpdateVersion"),
        silent=("bootstrapSelfManagedAddons",),
        wait=_ACTIVE,
        gone=_GONE,
        cloudformation="AWS::EKS::Cluster",
    ),
    Row(
        "aws:eks/nodeGroup:NodeGroup",
        "eks",
        Step(
            "CreateNodegroup",
            names={"nodeGroupName": "nodegroupName", "nodeRoleArn": "nodeRole", "subnetIds": "subnets"},
        ),
        id="{in.clusterName}:{in.nodeGroupName}",
        read=(Step("DescribeNodegroup", (), {**_CLUSTER, "nodegroupName": "{in.nodeGroupName}"}, at="nodegroup"),),
        update=(
            Step(
                "UpdateNodegroupConfig",
                ("scalingConfig", "updateConfig", "nodeRepairConfig"),
                {**_CLUSTER, "nodegroupName": "{in.nodeGroupName}"},
            ),
            Step(
                "UpdateNodegroupConfig",
                ("labels",),
                {
                    **_CLUSTER,
                    "nodegroupName": "{in.nodeGroupName}",
                    "labels": {
                        "addOrUpdateLabels": At("in.labels || `{}`"),
                        "removeLabels": At("minus(keys(old.labels || `{}`), keys(in.labels || `{}`)) || `[]`"),
                    },
                },
                build=lambda _, __: {},
            ),
            Step(
                "UpdateNodegroupConfig",
                ("taints",),
                {
                    **_CLUSTER,
                    "nodegroupName": "{in.nodeGroupName}",
                    "taints": {
                        "addOrUpdateTaints": At("in.taints || `[]`"),
                        "removeTaints": At("minus(old.taints, in.taints) || `[]`"),
                    },
                },
                build=lambda _, __: {},
            ),
            Step(
                "UpdateNodegroupVersion",
                ("version", "releaseVersion", "launchTemplate"),
                {**_CLUSTER, "nodegroupName": "{in.nodeGroupName}"},
            ),
        ),
        delete=(Step("DeleteNodegroup", (), {**_CLUSTER, "nodegroupName": "{in.nodeGroupName}"}),),
        outputs={
            "arn": "{read.nodegroupArn}",
            "status": "{read.status}",
            "version": "{read.version}",
            "releaseVersion": "{read.releaseVersion}",
            "resources": At(
                "[{autoscalingGroups: read.resources.autoScalingGroups, remoteAccessSecurityGroupId: "
                "read.resources.remoteAccessSecurityGroup || ''}]"
            ),
        },
        name="nodeGroupName",
        defaults={"capacityType": "ON_DEMAND"},
        fixed=(
            "clusterName",
            "nodeGroupName",
            "nodeRoleArn",
            "subnetIds",
            "instanceTypes",
            "amiType",
            "diskSize",
            "capacityType",
            "remoteAccess",
        ),
        local=("forceUpdateVersion",),
        wait=_ACTIVE,
        gone=_GONE,
        cloudformation="AWS::EKS::Nodegroup",
    ),
    Row(
        "aws:eks/addon:Addon",
        "eks",
        Step("CreateAddon", names={"resolveConflictsOnCreate": "resolveConflicts"}),
        id="{in.clusterName}:{in.addonName}",
        read=(Step("DescribeAddon", (), {**_CLUSTER, "addonName": "{in.addonName}"}, at="addon"),),
        update=(
            Step(
                "UpdateAddon",
                (
                    "addonVersion",
                    "configurationValues",
                    "serviceAccountRoleArn",
                    "podIdentityAssociations",
                    "resolveConflictsOnUpdate",
                ),
                {**_CLUSTER, "addonName": "{in.addonName}"},
                {"resolveConflictsOnUpdate": "resolveConflicts"},
            ),
        ),
        delete=(
            Step(
                "DeleteAddon", (), {**_CLUSTER, "addonName": "{in.addonName}", "preserve": At("in.preserve || `false`")}
            ),
        ),
        outputs={
            "arn": "{read.addonArn}",
            "addonVersion": "{read.addonVersion}",
            "createdAt": "{read.createdAt}",
            "modifiedAt": "{read.modifiedAt}",
        },
        fixed=("clusterName", "addonName", "namespaceConfig"),
        local=("preserve", "resolveConflictsOnUpdate"),
        # Associations are answered as ARNs, and those that an add-on owns can be read with the cluster's.
        silent=("resolveConflictsOnCreate", "podIdentityAssociations"),
        wait=_ACTIVE,
        gone=_GONE,
        cloudformation="AWS::EKS::Addon",
    ),
    Row(
        "aws:eks/accessEntry:AccessEntry",
        "eks",
        Step("CreateAccessEntry", names={"userName": "username"}),
        id="{in.clusterName}:{in.principalArn}",
        read=(Step("DescribeAccessEntry", (), {**_CLUSTER, "principalArn": "{in.principalArn}"}, at="accessEntry"),),
        update=(
            Step(
                "UpdateAccessEntry",
                ("kubernetesGroups", "userName"),
                {**_CLUSTER, "principalArn": "{in.principalArn}"},
                {"userName": "username"},
            ),
        ),
        delete=(Step("DeleteAccessEntry", (), {**_CLUSTER, "principalArn": "{in.principalArn}"}),),
        outputs={
            "accessEntryArn": "{read.accessEntryArn}",
            "createdAt": "{read.createdAt}",
            "modifiedAt": "{read.modifiedAt}",
            "userName": "{read.username}",
        },
        defaults={"type": "STANDARD"},
        fixed=("clusterName", "principalArn", "type"),
        gone=_GONE,
        cloudformation="AWS::EKS::AccessEntry",
    ),
    Row(
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "eks",
        Step("AssociateAccessPolicy"),
        id="{in.clusterName}#{in.principalArn}#{in.policyArn}",
        read=(
            Step(
                "ListAssociatedAccessPolicies",
                (),
                {**_CLUSTER, "principalArn": "{in.principalArn}"},
                at="associatedAccessPolicies[?policyArn == '{in.policyArn}'] | [0]",
            ),
        ),
        delete=(
            Step(
                "DisassociateAccessPolicy",
                (),
                {**_CLUSTER, "principalArn": "{in.principalArn}", "policyArn": "{in.policyArn}"},
            ),
        ),
        outputs={"associatedAt": "{read.associatedAt}", "modifiedAt": "{read.modifiedAt}"},
        fixed=("clusterName", "principalArn", "policyArn", "accessScope"),
        gone=_GONE,
        cloudformation="AWS::EKS::AccessEntry",
    ),
    Row(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        "eks",
        Step("CreatePodIdentityAssociation"),
        id="{made.association.associationId}",
        read=(Step("DescribePodIdentityAssociation", (), {**_CLUSTER, "associationId": "{id}"}, at="association"),),
        update=(
            Step(
                "UpdatePodIdentityAssociation",
                ("roleArn", "targetRoleArn", "disableSessionTags", "policy"),
                {**_CLUSTER, "associationId": "{id}"},
            ),
        ),
        delete=(Step("DeletePodIdentityAssociation", (), {**_CLUSTER, "associationId": "{id}"}),),
        outputs={
            "associationArn": "{read.associationArn}",
            "associationId": "{id}",
            "externalId": At("read.externalId || ''"),
        },
        fixed=("clusterName", "namespace", "serviceAccount"),
        gone=_GONE,
        sample_id="a-00000000000000000",
        cloudformation="AWS::EKS::PodIdentityAssociation",
    ),
)
