"""A cluster's life as EKS documents it, through plain boto3."""

import pytest

from tests.cloud.services.harness import Ground, answer_of


@pytest.fixture(scope="module")
def subnet(ground: Ground) -> str:
    ec2 = ground.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.0.0/24")["Subnet"]["SubnetId"]


@pytest.fixture
def cluster(ground: Ground, subnet: str):
    eks = ground.client("eks")
    eks.create_cluster(
        name="life",
        version="1.33",
        roleArn=ground.role,
        resourcesVpcConfig={"subnetIds": [subnet]},
        accessConfig={"authenticationMode": "API"},
        upgradePolicy={"supportType": "STANDARD"},
        deletionProtection=True,
    )
    yield eks.describe_cluster(name="life")["cluster"]
    eks.update_cluster_config(name="life", deletionProtection=False)
    for group in eks.list_nodegroups(clusterName="life")["nodegroups"]:
        eks.delete_nodegroup(clusterName="life", nodegroupName=group)
    eks.delete_cluster(name="life")


def code(call) -> str:
    return answer_of(call)["Error"]["Code"]


def test_what_was_asked_for_is_kept(cluster) -> None:
    assert cluster["accessConfig"]["authenticationMode"] == "API"
    assert cluster["upgradePolicy"] == {"supportType": "STANDARD"}
    assert cluster["deletionProtection"] is True


def test_a_cluster_has_a_group_that_goes_with_it(ground: Ground, subnet: str) -> None:
    eks, ec2 = ground.client("eks"), ground.client("ec2")
    eks.create_cluster(name="brief", roleArn=ground.role, resourcesVpcConfig={"subnetIds": [subnet]})
    group = eks.describe_cluster(name="brief")["cluster"]["resourcesVpcConfig"]["clusterSecurityGroupId"]
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["GroupName"] == "eks-cluster-sg-brief"
    eks.delete_cluster(name="brief")
    assert code(lambda: ec2.describe_security_groups(GroupIds=[group])) == "InvalidGroup.NotFound"


def test_a_protected_cluster_is_not_deleted(ground: Ground, cluster) -> None:
    assert code(lambda: ground.client("eks").delete_cluster(name="life")) == "InvalidRequestException"


def test_entries_cannot_be_given_up_again(ground: Ground, cluster) -> None:
    eks = ground.client("eks")
    wanted = {"authenticationMode": "API_AND_CONFIG_MAP"}
    assert code(lambda: eks.update_cluster_config(name="life", accessConfig=wanted)) == "InvalidRequestException"


@pytest.mark.parametrize("version", ["1.35", "1.32", "1.33"])
def test_a_cluster_goes_up_one_version_at_a_time(ground: Ground, cluster, version: str) -> None:
    eks = ground.client("eks")
    assert code(lambda: eks.update_cluster_version(name="life", version=version)) == "InvalidParameterException"


def test_nodes_follow_their_cluster(ground: Ground, cluster, subnet: str) -> None:
    eks = ground.client("eks")
    eks.create_nodegroup(
        clusterName="life",
        nodegroupName="gpu",
        nodeRole=ground.role,
        subnets=[subnet],
        nodeRepairConfig={"enabled": True},
        updateConfig={"maxUnavailable": 2},
    )
    named = {"clusterName": "life", "nodegroupName": "gpu"}
    found = eks.describe_nodegroup(**named)["nodegroup"]
    assert (found["nodeRepairConfig"]["enabled"], found["updateConfig"]) == (True, {"maxUnavailable": 2})
    refused = code(lambda: eks.update_nodegroup_version(**named, version="1.34"))
    assert refused == "InvalidParameterException"
    eks.update_cluster_version(name="life", version="1.34")
    eks.update_nodegroup_version(**named, version="1.34")
    assert eks.describe_nodegroup(**named)["nodegroup"]["version"] == "1.34"


def test_an_add_ons_identities_go_with_it(ground: Ground, cluster) -> None:
    eks = ground.client("eks")
    wanted = [{"serviceAccount": "aws-node", "roleArn": ground.role}]
    made = eks.create_addon(clusterName="life", addonName="vpc-cni", podIdentityAssociations=wanted)["addon"]
    (found,) = eks.list_pod_identity_associations(clusterName="life")["associations"]
    assert (found["namespace"], found["ownerArn"]) == ("kube-system", made["addonArn"])
    eks.update_addon(clusterName="life", addonName="vpc-cni", podIdentityAssociations=[])
    assert eks.list_pod_identity_associations(clusterName="life")["associations"] == []
    eks.delete_addon(clusterName="life", addonName="vpc-cni")


def test_placement_groups_have_names_of_their_own(ground: Ground) -> None:
    ec2 = ground.client("ec2")
    made = ec2.create_placement_group(GroupName="close", Strategy="cluster")["PlacementGroup"]
    ec2.create_tags(Resources=[made["GroupId"]], Tags=[{"Key": "owner", "Value": "ml"}])
    assert code(lambda: ec2.create_placement_group(GroupName="close")) == "InvalidPlacementGroup.Duplicate"
    (found,) = ec2.describe_placement_groups(GroupIds=[made["GroupId"]])["PlacementGroups"]
    assert (found["Strategy"], found["State"], found["Tags"]) == (
        "cluster",
        "available",
        [{"Key": "owner", "Value": "ml"}],
    )
    ec2.delete_placement_group(GroupName="close")
    assert code(lambda: ec2.describe_placement_groups(GroupNames=["close"])) == "InvalidPlacementGroup.Unknown"
    assert code(lambda: ec2.delete_placement_group(GroupName="close")) == "InvalidPlacementGroup.Unknown"
