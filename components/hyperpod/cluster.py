"""A HyperPod cluster on the estate's Kubernetes cluster."""

from collections.abc import Mapping
from pathlib import Path

import pulumi
from pulumi_aws import s3
from pydantic import Field

from components.base import Args, Component, Placement
from components.cluster.fabric import Fabric, FabricArgs
from components.declared import Value, cloud_control
from components.documents import trust
from components.hyperpod.options import CHECKS, HyperPodOptions, InstanceGroup
from components.hyperpod.permissions import node_statements
from components.roles import aws_policy, bounded_role, inline_policy

SCRIPT = Path(__file__).with_name("on_init_complete.sh")
POOL = "mlops-estate/pool"  # node label with the group's name, as managed nodes have it


class HyperPodArgs(Args):
    placement: Placement
    options: HyperPodOptions = Field(description="Instance groups.")
    eks_cluster_name: str = Field(description="Name of the Kubernetes cluster.")
    eks_cluster_arn: pulumi.Input[str] = Field(description="The Kubernetes cluster that schedules its jobs.")
    subnet_ids: Mapping[str, pulumi.Input[str]] = Field(min_length=1, description="Private subnets, by zone letter.")
    vpc_id: pulumi.Input[str] = Field(description="The VPC.")
    cluster_security_group: pulumi.Input[str] = Field(description="The Kubernetes cluster's security group.")
    bucket: pulumi.Input[str] = Field(description="Bucket that the nodes' script is read from.")
    bucket_key_arn: pulumi.Input[str] = Field(description="KMS key of that bucket.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the nodes' volumes.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="The most that the nodes may do.")


class HyperPod(Component):
    """SageMaker watches its nodes, and replaces the ones that fail; jobs resume on the new ones."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: HyperPodArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:hyperpod:HyperPod", name, args.placement, opts)
        place = args.placement
        unknown = {group.zone for group in args.options.instance_groups.values()} - {None, *args.subnet_ids}
        if unknown:
            raise ValueError(f"{name}: no subnet is given for the zone {', '.join(sorted(map(str, unknown)))}")
        prefix = "hyperpod/lifecycle"
        script = s3.BucketObjectv2(
            f"{name}-script",
            bucket=args.bucket,
            key=f"{prefix}/{SCRIPT.name}",
            content=SCRIPT.read_text(encoding="utf-8"),
            content_type="text/x-shellscript",
            kms_key_id=args.bucket_key_arn,
            server_side_encryption="aws:kms",
            opts=self.child(),
        )
        role = self._role(args, prefix)
        fabric = Fabric(
            f"{name}-fabric",
            FabricArgs(placement=place, vpc_id=args.vpc_id, subject="hyperpod-fabric"),
            self.child(),
        )
        groups, first = [args.cluster_security_group, fabric.group_id], min(args.subnet_ids)
        # Known only once the script lies there, as each node reads it when it starts.
        source = pulumi.Output.all(args.bucket, script.id).apply(lambda values: f"s3://{values[0]}/{prefix}/")
        made = cloud_control(
            f"{name}-cluster",
            "AWS::SageMaker::Cluster",
            {
                "ClusterName": place.named("hyperpod"),
                "Orchestrator": {"Eks": {"ClusterArn": args.eks_cluster_arn}},
                "NodeRecovery": "Automatic",
                # It starts with the nodes that there are; a key of the customer is taken in this mode only.
                "NodeProvisioningMode": "Continuous",
                "VpcConfig": {"SecurityGroupIds": groups, "Subnets": list(args.subnet_ids.values())},
                "InstanceGroups": [
                    _group(
                        group,
                        wanted,
                        role,
                        source,
                        {"SecurityGroupIds": groups, "Subnets": [args.subnet_ids[wanted.zone or first]]},
                        args.key_arn,
                    )
                    for group, wanted in sorted(args.options.instance_groups.items())
                ],
            },
            self.child(),
        )
        self.arn = made.id  # CloudFormation knows a cluster by its ARN
        self.register_outputs({"arn": self.arn})

    def _role(self, args: HyperPodArgs, prefix: str) -> pulumi.Output[str]:
        place = args.placement
        role = bounded_role(
            self,
            "hyperpod",
            "node",
            suffix="node",
            description="Nodes of the HyperPod cluster",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "sagemaker"),
        )
        managed = aws_policy(
            self,
            role.name,
            "AmazonSageMakerClusterInstanceRolePolicy",
            suffix="node-AmazonSageMakerClusterInstanceRolePolicy",
        )
        policy = inline_policy(
            self,
            role.name,
            "hyperpod-node",
            *node_statements(place, args.eks_cluster_name, args.bucket, prefix, args.bucket_key_arn, args.key_arn),
            suffix="node-policy",
        )
        return pulumi.Output.all(role.arn, managed.id, policy.id).apply(lambda values: values[0])


def _group(
    name: str,
    wanted: InstanceGroup,
    role_arn: pulumi.Output[str],
    source: pulumi.Output[str],
    network: Mapping[str, Value],
    key_arn: pulumi.Input[str],
) -> Mapping[str, Value]:
    return {
        "InstanceGroupName": name,
        "InstanceType": wanted.instance_type,
        "InstanceCount": wanted.count,
        "ExecutionRole": role_arn,
        "LifeCycleConfig": {"SourceS3Uri": source, "OnInitComplete": SCRIPT.name},
        "InstanceStorageConfigs": [
            {"EbsVolumeConfig": {"VolumeSizeInGB": wanted.disk_gb, "VolumeKmsKeyId": key_arn}},
            {"EbsVolumeConfig": {"RootVolume": True, "VolumeKmsKeyId": key_arn}},
        ],
        "OnStartDeepHealthChecks": [CHECKS[check] for check in wanted.health_checks] or None,
        "TrainingPlanArn": wanted.training_plan_arn,
        "KubernetesConfig": {"Labels": {POOL: name}},
        # Within one zone, as jobs of several nodes talk over a fabric that does not leave it.
        "OverrideVpcConfig": network,
    }
