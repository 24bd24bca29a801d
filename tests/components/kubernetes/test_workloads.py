import pulumi
import pytest
from pydantic import ValidationError

from components.kubernetes.queues import Queues
from components.kubernetes.workloads import ClusterWorkloads, ClusterWorkloadsArgs
from estate.engine.resource import Secret
from estate.plan.record import record
from tests.components.kubernetes.cluster import PLACE, faults, objects

PRIORITIES = Queues.model_fields["priorities"].default
ARGS = {
    "placement": PLACE,
    "identity": "https://0a1b.gr7.us-east-1.eks.amazonaws.com",
    "kubeconfig": "{}",
    "gpu_quota": 8,
    "device_plugin_image": "nvcr.io/nvidia/k8s-device-plugin:v0.17.4",
    "plugin_groups": ["gpu"],
    "pool_label": "mlops-estate/pool",
}


def args(**changes):
    return ClusterWorkloadsArgs.model_validate({**ARGS, **changes})


def made(**changes):
    secret = changes.pop("secret", None)
    return record(
        lambda: (
            ClusterWorkloads(
                "gpu-workloads",
                args(**changes, **({} if secret is None else {"kubeconfig": pulumi.Output.secret(secret)})),
            )
            and None
        )
    )


def test_objects_are_valid_and_use_the_clusters_own_provider():
    result = made()
    provider = result.named("gpu-workloads-kubernetes").urn

    assert faults(result) == []
    assert {goal.provider for goal in objects(result)} == {provider}


def test_the_provider_keeps_its_objects_while_the_cluster_is_the_same():
    inputs = made(secret="{}").named("gpu-workloads-kubernetes").inputs

    assert inputs["clusterIdentifier"] == ARGS["identity"]
    assert isinstance(inputs["kubeconfig"], Secret)


def test_the_device_plugin_runs_on_gpu_nodes_only_and_without_privileges():
    spec = made().named("gpu-workloads-device-plugin").inputs["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    (term,) = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]

    assert container["image"] == ARGS["device_plugin_image"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert term["matchExpressions"] == [{"key": "mlops-estate/pool", "operator": "In", "values": ["gpu"]}]
    assert spec["tolerations"] == [{"operator": "Exists"}]  # a group's own taints are for jobs


def test_jobs_that_name_no_priority_are_worth_what_kueue_calls_normal():
    result = made()
    values = {
        goal.inputs["metadata"]["name"]: goal.inputs["value"]
        for goal in objects(result)
        if goal.type.endswith("PriorityClass")
    }

    assert values == {"estate-serving": 1_000_000, "estate-training": PRIORITIES["normal"]}


def test_disks_that_pods_ask_for_are_encrypted_with_the_customers_key():
    result = made(disk_key_arn="arn:aws:kms:us-east-1:111111111111:key/k")
    found = result.named("gpu-workloads-disks").inputs

    assert faults(result) == []
    assert found["parameters"] == {
        "type": "gp3",
        "encrypted": "true",
        "kmsKeyId": "arn:aws:kms:us-east-1:111111111111:key/k",
    }
    assert found["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert "gpu-workloads-disks" not in {goal.name for goal in made().goals}


def test_jobs_share_a_quota_of_gpus_behind_a_closed_door():
    result = made()

    assert result.named("gpu-workloads-quota").inputs["spec"] == {"hard": {"requests.nvidia.com/gpu": "8"}}
    assert result.named("gpu-workloads-deny").inputs["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"gpu_quota": -1}, "gpu_quota"),
        ({"device_plugin_image": "nvidia/plugin"}, "device_plugin_image"),
        ({"plugin_groups": []}, "device_plugin_image is given, and plugin_groups names no nodes"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_registered(wrong, said):
    with pytest.raises(ValidationError, match=said):
        args(**wrong)
