"""What of EKS moto lacks, through plain boto3."""

import pytest

from tests.cloud.services.harness import Ground, answer_of

POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


@pytest.fixture(scope="module")
def cluster(ground: Ground) -> str:
    ground.client("eks").create_cluster(name="gpu", roleArn=ground.role, resourcesVpcConfig={"subnetIds": []})
    return "gpu"


def test_an_addon_lives(ground: Ground, cluster: str) -> None:
    eks = ground.client("eks")
    eks.create_addon(clusterName=cluster, addonName="coredns", addonVersion="v1")
    eks.update_addon(clusterName=cluster, addonName="coredns", addonVersion="v2")
    assert eks.describe_addon(clusterName=cluster, addonName="coredns")["addon"]["addonVersion"] == "v2"
    taken = answer_of(lambda: eks.create_addon(clusterName=cluster, addonName="coredns"))
    assert taken["Error"]["Code"] == "ResourceInUseException"
    eks.delete_addon(clusterName=cluster, addonName="coredns")
    assert eks.list_addons(clusterName=cluster)["addons"] == []


def test_an_access_entry_has_policies(ground: Ground, cluster: str) -> None:
    eks = ground.client("eks")
    entry = {"clusterName": cluster, "principalArn": ground.role}
    eks.create_access_entry(**entry, kubernetesGroups=["viewers"])
    eks.associate_access_policy(**entry, policyArn=POLICY, accessScope={"type": "cluster"})
    found = eks.list_associated_access_policies(**entry)["associatedAccessPolicies"]
    assert [item["policyArn"] for item in found] == [POLICY]
    assert eks.describe_access_entry(**entry)["accessEntry"]["kubernetesGroups"] == ["viewers"]
    eks.disassociate_access_policy(**entry, policyArn=POLICY)
    eks.delete_access_entry(**entry)
    assert answer_of(lambda: eks.describe_access_entry(**entry))["Error"]["Code"] == "ResourceNotFoundException"


def test_a_pod_identity_names_a_role_that_exists(ground: Ground, cluster: str) -> None:
    eks = ground.client("eks")
    wanted = {"clusterName": cluster, "namespace": "jobs", "serviceAccount": "runner"}
    refused = answer_of(lambda: eks.create_pod_identity_association(**wanted, roleArn=f"{ground.role}-no"))
    assert refused["Error"]["Code"] == "InvalidParameterException"
    made = eks.create_pod_identity_association(**wanted, roleArn=ground.role)["association"]
    named = {"clusterName": cluster, "associationId": made["associationId"]}
    assert eks.describe_pod_identity_association(**named)["association"]["serviceAccount"] == "runner"
    eks.delete_pod_identity_association(**named)
    assert eks.list_pod_identity_associations(clusterName=cluster)["associations"] == []


def test_an_unknown_cluster_has_nothing(ground: Ground) -> None:
    error = answer_of(lambda: ground.client("eks").list_addons(clusterName="none"))
    assert error["Error"]["Code"] == "ResourceNotFoundException"
