"""A cluster with everything on comes up in the emulated AWS, reads back without loss, and goes away again."""

import pytest
from pulumi_aws import s3

from components.base import Placement
from components.cluster.gpu_cluster import GpuCluster, GpuClusterArgs, cluster_name
from components.filesystem.lustre import Lustre, LustreArgs
from components.hyperpod.cluster import HyperPod, HyperPodArgs
from components.network.network import Network, NetworkArgs
from components.security.keys import Domain, Keys, KeysArgs
from components.security.permission_boundary import PermissionBoundary, PermissionBoundaryArgs
from estate.cloud.coverage import read_back
from estate.cloud.provider import CloudProvider
from estate.engine.program import destroy
from estate.engine.result import Result
from estate.plan.record import record

PERSON = "arn:aws:iam::999999999999:role/aws-reserved/sso.amazonaws.com/ml"
NODE_GROUPS = {
    "gpu": {"instance_type": "g5.xlarge", "labels": {"team": "ml"}, "taints": {"team": {"value": "ml"}}},
    "fast": {"instance_type": "g5.48xlarge", "efa": True, "zones": ["a"], "image": "bottlerocket"},
    "block": {
        "instance_type": "p4d.24xlarge",
        "capacity": "capacity-block",
        "reservation_id": "cr-0123456789abcdef0",
        "efa": True,
        "zones": ["b"],
    },
}
ADDONS = {
    "aws-ebs-csi-driver": {},
    "amazon-cloudwatch-observability": {},
    "aws-fsx-csi-driver": {"version": "v1.8.0-eksbuild.1"},
}
# By moto, as `estate coverage` says.
LOST = {
    "accessPolicyAssociation.clusterName",
    "accessPolicyAssociation.principalArn",
    "bucketObjectv2.content",
    "bucketObjectv2.kmsKeyId",
    "bucketObjectv2.serverSideEncryption",
    "securityGroupEgressRule.description",
    "securityGroupIngressRule.description",
}


def program(place: Placement) -> None:
    boundary = PermissionBoundary("boundary", PermissionBoundaryArgs(placement=place)).arn
    keys = Keys("keys", KeysArgs(placement=place, trail_arn="arn:aws:cloudtrail:eu-west-1:123456789012:trail/t")).arns
    network = Network("network", NetworkArgs.model_validate({"placement": place, "cidr": "10.10.0.0/16", "zones": 2}))
    shared = {"placement": place, "vpc_id": network.vpc_id, "key_arn": keys[Domain.MODELS]}
    logs = {"log_key_arn": keys[Domain.LOGS], "log_retention_days": 30}
    cluster = GpuCluster(
        "gpu",
        GpuClusterArgs.model_validate(
            {
                **shared,
                **logs,
                "tags": {"owner": "ml"},
                "kubernetes_version": "1.34",
                "subnet_ids": network.private_subnet_ids,
                "permission_boundary_arn": boundary,
                "node_groups": NODE_GROUPS,
                "system_instance_type": "t3.large",
                "addons": ADDONS,
                "karpenter": True,
                "access": {"people": {"role_arn": PERSON, "policy": "edit", "namespaces": ["training"]}},
            }
        ),
    )
    bucket = s3.Bucket("lake", bucket="mlops-test-lake").bucket
    Lustre(
        "lustre",
        LustreArgs.model_validate(
            {
                **shared,
                **logs,
                "options": {"size_gb": 2400, "linked": ["features", "curated"]},
                "subnet_id": network.private_subnet_ids["a"],
                "clients": {"nodes": cluster.security_group},
                "buckets": {"features": bucket, "curated": bucket},
            }
        ),
    )
    HyperPod(
        "hyperpod",
        HyperPodArgs.model_validate(
            {
                **shared,
                "options": {"instance_groups": {"train": {"instance_type": "ml.p4d.24xlarge", "count": 2}}},
                "eks_cluster_name": cluster_name(place),
                "eks_cluster_arn": cluster.cluster_arn,
                "subnet_ids": network.private_subnet_ids,
                "cluster_security_group": cluster.security_group,
                "bucket": bucket,
                "bucket_key_arn": keys[Domain.MODELS],
                "permission_boundary_arn": boundary,
            }
        ),
    )


@pytest.fixture(scope="module")
def made(provider: CloudProvider, place: Placement) -> Result:
    return record(lambda: program(place), provider=provider)


def test_nothing_that_was_asked_for_is_lost(made, provider):
    states = [state for state in made.deployment.states.values() if state.goal.custom]
    found = {
        f"{state.goal.type.rpartition('/')[2].partition(':')[0]}.{key}"
        for state in states
        if state.goal.type.startswith("aws:")
        for key in read_back(provider, state).lost
    }
    assert found == LOST


def test_add_ons_have_the_identities_of_their_pods(made, cloud):
    eks = cloud.client("eks")
    found = eks.list_pod_identity_associations(clusterName="mlops-test-gpu")["associations"]

    assert sorted((each["namespace"], each["serviceAccount"], "ownerArn" in each) for each in found) == [
        ("amazon-cloudwatch", "cloudwatch-agent", True),
        ("kube-system", "aws-node", True),
        ("kube-system", "ebs-csi-controller-sa", True),
        ("kube-system", "karpenter", False),
    ]


def test_nodes_with_a_fabric_share_a_group_with_the_cluster(made, cloud):
    ec2 = cloud.client("ec2")
    cluster = cloud.client("eks").describe_cluster(name="mlops-test-gpu")["cluster"]
    template = ec2.describe_launch_template_versions(LaunchTemplateName="mlops-test-node-fast")
    (interface,) = template["LaunchTemplateVersions"][0]["LaunchTemplateData"]["NetworkInterfaces"]
    others = ec2.describe_security_groups(GroupIds=interface["Groups"][1:])["SecurityGroups"]

    assert interface["Groups"][0] == cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    assert [each["GroupName"] for each in others] == ["mlops-test-fabric"]


def test_all_of_it_goes_away_again(made, provider, cloud):
    destroy(made.deployment, provider)

    assert cloud.client("eks").list_clusters()["clusters"] == []
    assert cloud.client("fsx").describe_file_systems()["FileSystems"] == []
    assert cloud.client("ec2").describe_placement_groups()["PlacementGroups"] == []
    assert cloud.client("cloudcontrol").list_resources(TypeName="AWS::SageMaker::Cluster")["ResourceDescriptions"] == []
