import json

import pytest
from pydantic import ValidationError

from components.cluster.gpu_cluster import GpuCluster, GpuClusterArgs
from estate.plan.record import record
from tests.components.places import VIRGINIA

NODES = {"gpu": {"instance_type": "g5.xlarge", "maximum": 4}}
ARGS = {
    "placement": VIRGINIA,
    "tags": {"owner": "ml"},
    "kubernetes_version": "1.34",
    "vpc_id": "vpc-1",
    "subnet_ids": {"a": "subnet-a", "b": "subnet-b"},
    "permission_boundary_arn": "arn:boundary",
    "key_arn": "arn:key",
    "log_key_arn": "arn:logs-key",
    "log_retention_days": 30,
    "node_groups": NODES,
    "system_instance_type": "t3.large",
}


def args(**changes):
    return GpuClusterArgs.model_validate({**ARGS, **changes})


def made(**changes):
    return record(lambda: GpuCluster("gpu", args(**changes)) and None)


def test_the_control_plane_is_private_logged_and_encrypts_its_secrets():
    inputs = made().named("gpu-cluster").inputs

    assert inputs["vpcConfig"] == {
        "subnetIds": ["subnet-a", "subnet-b"],
        "endpointPrivateAccess": True,
        "endpointPublicAccess": False,
    }
    assert inputs["enabledClusterLogTypes"] == ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    assert inputs["encryptionConfig"] == {"provider": {"keyArn": "arn:key"}, "resources": ["secrets"]}
    assert inputs["accessConfig"]["authenticationMode"] == "API"


def test_the_api_is_opened_to_named_ranges_only():
    vpc = made(public_access_cidrs=["192.0.2.0/24"]).named("gpu-cluster").inputs["vpcConfig"]

    assert (vpc["endpointPublicAccess"], vpc["publicAccessCidrs"]) == (True, ["192.0.2.0/24"])


def test_ci_administers_the_cluster_that_somebody_else_made():
    result = made(administrator_arns={"ci": "arn:aws:iam::111111111111:role/mlops/test/mlops-test-ci"})
    granted = result.named("gpu-ci-administers").inputs

    assert result.named("gpu-ci-access").inputs["principalArn"] == granted["principalArn"]
    assert granted["principalArn"] == "arn:aws:iam::111111111111:role/mlops/test/mlops-test-ci"
    assert granted["policyArn"] == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    assert granted["accessScope"] == {"type": "cluster"}
    assert result.named("gpu-ci-access").urn in result.named("gpu-ci-administers").dependencies


@pytest.mark.parametrize("actor", ["cluster", "node"])
def test_roles_have_the_environments_path_and_boundary(actor):
    role = made().named(f"gpu-roles-{actor}").inputs

    assert (role["name"], role["path"], role["permissionsBoundary"]) == (
        f"mlops-test-gpu-{actor}",
        "/mlops/test/",
        "arn:boundary",
    )


@pytest.mark.parametrize(
    ("actor", "condition"), [("cluster", {"StringEquals": {"aws:SourceAccount": "111111111111"}}), ("node", None)]
)
def test_eks_takes_on_the_clusters_role_for_this_account_only(actor, condition):
    (trusted,) = json.loads(made().named(f"gpu-roles-{actor}").inputs["assumeRolePolicy"])["Statement"]

    assert trusted.get("Condition") == condition  # EC2 gives none


def test_the_cluster_waits_for_its_policies_and_its_log():
    result = made()
    names = ("gpu-roles-cluster-AmazonEKSClusterPolicy", "gpu-roles-cluster-secrets", "gpu-log")

    assert {result.named(name).urn for name in names} <= set(result.named("gpu-cluster").dependencies)


def test_nodes_wait_for_their_network_and_name_resolution_for_nodes():
    result = made()

    assert result.named("gpu-vpc-cni").urn in result.named("gpu-system-group").dependencies
    assert result.named("gpu-system-group").urn in result.named("gpu-coredns").dependencies


def test_network_policies_are_enforced():
    assert json.loads(made().named("gpu-vpc-cni").inputs["configurationValues"]) == {"enableNetworkPolicy": "true"}


def test_nodes_take_imdsv2_only_and_encrypt_their_disk():
    template = made().named("gpu-gpu-template").inputs

    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }
    (disk,) = template["blockDeviceMappings"]
    assert disk["ebs"] == {
        "volumeType": "gp3",
        "volumeSize": 100,
        "encrypted": "true",
        "kmsKeyId": "arn:key",
        "deleteOnTermination": "true",
    }
    assert [entry["tags"]["owner"] for entry in template["tagSpecifications"]] == ["ml", "ml"]


def test_gpu_nodes_take_only_pods_that_ask_for_a_gpu():
    group = made().named("gpu-gpu-group")

    assert group.inputs["amiType"] == "AL2023_x86_64_NVIDIA"
    assert group.inputs["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}]
    assert group.inputs["scalingConfig"] == {"minSize": 0, "maxSize": 4, "desiredSize": 0}
    assert list(group.ignore_changes) == ["scalingConfig.desiredSize"]


@pytest.mark.parametrize(("protected", "nodes"), [(True, 2), (False, 1)])
def test_the_clusters_own_pods_have_plain_nodes(protected, nodes):
    inputs = made(placement=VIRGINIA.model_copy(update={"protected": protected})).named("gpu-system-group").inputs

    assert (inputs["amiType"], inputs["scalingConfig"]["minSize"]) == ("AL2023_x86_64_STANDARD", nodes)
    assert "taints" not in inputs


def test_groups_are_keyed_by_name_so_that_adding_one_touches_no_other():
    more = {"big": {"instance_type": "p5.48xlarge"}, **NODES}
    before, after = made(), made(node_groups=more)

    assert {goal.urn for goal in before.goals} < {goal.urn for goal in after.goals}
    assert before.named("gpu-gpu-group") == after.named("gpu-gpu-group")


def test_the_kubeconfig_is_a_secret_without_a_token():
    known = []
    record(lambda: GpuCluster("gpu", args(assume_role_arn="arn:deployer")).kubeconfig.apply(known.append) and None)

    document = json.loads(known[0])
    (user,) = document["users"]
    assert user["user"]["exec"]["args"][-2:] == ["--role-arn", "arn:deployer"]
    assert user["user"]["exec"]["args"][2:4] == ["eks", "get-token"]
    assert document["current-context"] == "mlops-test-gpu"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"node_groups": {"system": {"instance_type": "g5.xlarge"}}}, "the name 'system' belongs to the nodes"),
        ({"node_groups": {}}, "node_groups"),
        ({"subnet_ids": {"a": "subnet-a"}}, "subnet_ids"),
        ({"kubernetes_version": "latest"}, "kubernetes_version"),
        ({"public": True}, "public"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_registered(wrong, said):
    with pytest.raises(ValidationError, match=said):
        args(**wrong)
