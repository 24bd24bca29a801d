import json

import pytest
from pydantic import ValidationError

from components.cluster.gpu_cluster import GpuCluster, GpuClusterArgs
from components.cluster.options import Access, Addon
from components.cluster.pod_role import PodRole, PodRoleArgs
from estate.plan.record import record
from tests.components.cluster.test_gpu_cluster import ARGS
from tests.components.places import VIRGINIA

PERSON = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/ml"


def made(**changes):
    args = GpuClusterArgs.model_validate({**ARGS, **changes})
    return record(lambda: GpuCluster("gpu", args) and None)


def addons(result):
    return {goal.inputs["addonName"]: goal for goal in result.goals if goal.type == "aws:eks/addon:Addon"}


def test_every_cluster_has_what_nodes_and_their_repair_need():
    assert sorted(addons(made())) == [
        "coredns",
        "eks-node-monitoring-agent",
        "eks-pod-identity-agent",
        "kube-proxy",
        "metrics-server",
        "vpc-cni",
    ]


def test_versions_and_values_are_those_that_are_asked_for():
    wanted = {
        "vpc-cni": {"version": "v1.20.4-eksbuild.1", "configuration": {"env": {"ENABLE_PREFIX_DELEGATION": "true"}}}
    }
    found = addons(made(addons=wanted))

    assert found["vpc-cni"].inputs["addonVersion"] == "v1.20.4-eksbuild.1"
    assert json.loads(found["vpc-cni"].inputs["configurationValues"]) == {
        "enableNetworkPolicy": "true",
        "env": {"ENABLE_PREFIX_DELEGATION": "true"},
    }
    assert "addonVersion" not in found["coredns"].inputs


@pytest.mark.parametrize(
    ("addon", "role", "account", "policy"),
    [
        ("vpc-cni", "mlops-test-gpu-network", "aws-node", "AmazonEKS_CNI_Policy"),
        (
            "aws-ebs-csi-driver",
            "mlops-test-gpu-volumes",
            "ebs-csi-controller-sa",
            "service-role/AmazonEBSCSIDriverPolicy",
        ),
        (
            "amazon-cloudwatch-observability",
            "mlops-test-gpu-insights",
            "cloudwatch-agent",
            "CloudWatchAgentServerPolicy",
        ),
    ],
)
def test_add_ons_that_call_aws_have_roles_of_their_own(addon, role, account, policy):
    result = made(addons={addon: {}})
    found = addons(result)[addon]
    (identity,) = found.inputs["podIdentityAssociations"]
    attached = [goal for goal in result.goals if goal.inputs.get("policyArn") == f"arn:aws:iam::aws:policy/{policy}"]

    assert identity["serviceAccount"] == account
    assert [goal.inputs["role"] for goal in attached] == [role]
    assert attached[0].urn in found.dependencies


def test_nodes_have_no_rights_that_pods_could_find_there():
    result = made()
    attached = {
        goal.inputs["policyArn"].rpartition("/")[2]
        for goal in result.goals
        if goal.type.endswith(":RolePolicyAttachment") and goal.inputs["role"] == "mlops-test-gpu-node"
    }

    assert attached == {"AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy"}


def test_logs_of_pods_are_there_before_the_agent_would_make_them_in_clear():
    result = made(addons={"amazon-cloudwatch-observability": {}})
    log = result.named("gpu-insights-application")

    assert log.inputs["name"] == "/aws/containerinsights/mlops-test-gpu/application"
    assert (log.inputs["kmsKeyId"], log.inputs["retentionInDays"]) == ("arn:logs-key", 30)
    assert log.urn in addons(result)["amazon-cloudwatch-observability"].dependencies


def test_pods_get_a_role_only_as_one_service_account_of_one_cluster():
    args = PodRoleArgs(
        placement=VIRGINIA,
        subject="jobs",
        cluster="mlops-test-gpu",
        namespace="training",
        service_account="jobs",
        permission_boundary_arn="arn:boundary",
        cluster_name="mlops-test-gpu",
    )
    result = record(lambda: PodRole("jobs", args) and None)
    (statement,) = json.loads(result.named("jobs-role").inputs["assumeRolePolicy"])["Statement"]

    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Condition"]["StringEquals"] == {
        "aws:SourceAccount": "111111111111",
        "aws:RequestTag/eks-cluster-name": "mlops-test-gpu",
        "aws:RequestTag/kubernetes-namespace": "training",
        "aws:RequestTag/kubernetes-service-account": "jobs",
    }
    assert result.named("jobs-association").inputs["serviceAccount"] == "jobs"


@pytest.mark.parametrize(
    ("wanted", "policy", "scope"),
    [
        ({"policy": "view"}, "AmazonEKSViewPolicy", {"type": "cluster"}),
        (
            {"policy": "edit", "namespaces": ["training"]},
            "AmazonEKSEditPolicy",
            {"type": "namespace", "namespaces": ["training"]},
        ),
        ({"policy": "cluster-admin"}, "AmazonEKSClusterAdminPolicy", {"type": "cluster"}),
    ],
)
def test_persons_get_a_policy_where_they_need_it(wanted, policy, scope):
    result = made(access={"people": {"role_arn": PERSON, **wanted}})
    granted = result.named("gpu-people-access-policy").inputs

    assert result.named("gpu-people-access").inputs["principalArn"] == PERSON
    assert granted["policyArn"] == f"arn:aws:eks::aws:cluster-access-policy/{policy}"
    assert granted["accessScope"] == scope


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"role_arn": PERSON, "policy": "edit"}, "policy edit needs namespaces in which it holds, such as training"),
        (
            {"role_arn": PERSON, "policy": "cluster-admin", "namespaces": ["training"]},
            "policy cluster-admin is for the whole cluster",
        ),
        ({"role_arn": "arn:aws:iam::111111111111:user/ann"}, "role_arn"),
    ],
)
def test_access_that_means_nothing_is_refused(wrong, said):
    with pytest.raises(ValidationError, match=said):
        Access.model_validate(wrong)


def test_a_person_has_not_the_name_of_an_administrator():
    with pytest.raises(ValidationError, match="access has ci, which is the name of an administrator"):
        made(access={"ci": {"role_arn": PERSON}}, administrator_arns={"ci": "arn:ci"})


def test_a_version_that_eks_does_not_write_is_refused():
    with pytest.raises(ValidationError, match="version"):
        Addon(version="1.20.4")
