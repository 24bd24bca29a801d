import json
import shutil
import subprocess

import pytest
from pydantic import ValidationError

from components.hyperpod.cluster import SCRIPT, HyperPod, HyperPodArgs
from components.hyperpod.options import HyperPodOptions
from estate.plan import desired

TRAIN = {"instance_type": "ml.p5.48xlarge", "count": 2, "zone": "b"}


def args(place, **groups):
    return HyperPodArgs.model_validate(
        {
            "placement": place,
            "options": {"instance_groups": groups or {"train": TRAIN}},
            "eks_cluster_name": "mlops-test-gpu",
            "eks_cluster_arn": "arn:aws:eks:eu-west-1:123456789012:cluster/mlops-test-gpu",
            "vpc_id": "vpc-1",
            "subnet_ids": {"a": "subnet-a", "b": "subnet-b"},
            "cluster_security_group": "sg-cluster",
            "bucket": "lake-models",
            "bucket_key_arn": "arn:bucket-key",
            "key_arn": "arn:key",
            "permission_boundary_arn": "arn:boundary",
        }
    )


def state(record, place, **groups):
    return json.loads(record(lambda: HyperPod("h", args(place, **groups))).named("h-cluster")["desiredState"])


def test_the_estates_kubernetes_schedules_and_sagemaker_repairs(record, place):
    found = state(record, place)

    assert found["Orchestrator"]["Eks"]["ClusterArn"].endswith(":cluster/mlops-test-gpu")
    assert (found["NodeRecovery"], found["NodeProvisioningMode"]) == ("Automatic", "Continuous")
    assert found["VpcConfig"]["Subnets"] == ["subnet-a", "subnet-b"]


def test_a_group_is_in_one_zone_with_all_its_volumes_encrypted(record, place):
    (group,) = state(record, place)["InstanceGroups"]

    assert (group["InstanceType"], group["InstanceCount"]) == ("ml.p5.48xlarge", 2)
    assert group["OverrideVpcConfig"]["Subnets"] == ["subnet-b"]
    assert group["OverrideVpcConfig"]["SecurityGroupIds"][0] == "sg-cluster"
    assert group["InstanceStorageConfigs"] == [
        {"EbsVolumeConfig": {"VolumeSizeInGB": 500, "VolumeKmsKeyId": "arn:key"}},
        {"EbsVolumeConfig": {"RootVolume": True, "VolumeKmsKeyId": "arn:key"}},
    ]


def test_groups_without_a_zone_start_in_the_networks_first_and_checks_are_left_out(record, place):
    (group,) = state(record, place, system={"instance_type": "ml.m5.xlarge", "count": 1})["InstanceGroups"]

    assert group["OverrideVpcConfig"]["Subnets"] == ["subnet-a"]
    assert "OnStartDeepHealthChecks" not in group


def test_deep_checks_are_those_of_sagemaker(record, place):
    checked = {**TRAIN, "health_checks": ["stress", "connectivity"]}

    assert state(record, place, train=checked)["InstanceGroups"][0]["OnStartDeepHealthChecks"] == [
        "InstanceStress",
        "InstanceConnectivity",
    ]


def test_nodes_read_their_script_and_nothing_else_of_the_bucket(record, place):
    made = record(lambda: HyperPod("h", args(place)))
    policy = made.statements("h-node-policy")

    assert made.named("h-script")["key"] == "hyperpod/lifecycle/on_init_complete.sh"
    assert policy["ReadScript"]["Resource"] == "arn:aws:s3:::lake-models/hyperpod/lifecycle/*"
    assert policy["ListScripts"]["Condition"] == {"StringLike": {"s3:prefix": "hyperpod/lifecycle/*"}}
    assert made.goal("h-script").urn in made.goal("h-cluster").dependencies


def test_the_desired_state_is_one_that_cloudformation_takes(record, place):
    inputs = record(lambda: HyperPod("h", args(place))).named("h-cluster")

    leaves = list(desired.leaves(inputs["typeName"], inputs["desiredState"], "eu-west-1"))

    assert len(leaves) > 10
    assert [leaf for leaf in leaves if leaf.allowed is not None] == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_the_script_is_one_that_bash_reads():
    done = subprocess.run(["bash", "-n", str(SCRIPT)], capture_output=True, text=True, timeout=10)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("group", "said"),
    [
        (
            {"instance_type": "ml.m5.xlarge", "health_checks": ["stress"]},
            "health_checks are for GPUs, and ml.m5.xlarge",
        ),
        (
            {"instance_type": "ml.g5.xlarge", "health_checks": ["connectivity"]},
            "ml.g5.xlarge has no Elastic Fabric Adapter to check",
        ),
        ({"instance_type": "p5.48xlarge"}, "instance_type"),
        ({"instance_type": "ml.p5.48xlarge", "training_plan_arn": "arn:x"}, "training_plan_arn"),
    ],
)
def test_what_sagemaker_cannot_do_is_refused(group, said):
    with pytest.raises(ValidationError, match=said):
        HyperPodOptions.model_validate({"instance_groups": {"train": group}})


def test_a_zone_without_a_subnet_is_refused(record, place):
    with pytest.raises(ValueError, match="h: no subnet is given for the zone c"):
        record(lambda: HyperPod("h", args(place, train={**TRAIN, "zone": "c"})))
