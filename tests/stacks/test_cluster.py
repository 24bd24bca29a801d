"""The cluster that an environment asks for, and what its settings cannot mean."""

import json

import pytest
from kubernetes_validate import validate

from stacks.settings import SettingsError, parse

FAST = {"instance_type": "g5.48xlarge", "efa": True, "zones": ["a"]}
BLOCK = {"capacity": "capacity-block", "reservation_id": "cr-0123456789abcdef0", "zones": ["b"]}
BUILT_IN = {"image": "bottlerocket"}  # holds the device plugin, which a closed network cannot pull
LEAST = {
    "environment": "test",
    "aws": {"account_id": "123456789012", "region": "eu-west-1"},
    "ownership": {"owner": "ml", "email": "ml@example.com", "cost_center": "ml"},
    "foundation": {"network": {"cidr": "10.9.0.0/16"}},
    "models": {"ride-fare": {}},
}


@pytest.mark.parametrize(
    ("training", "said"),
    [
        (
            {"cluster": {"node_groups": {"gpu": {"instance_type": "p5.48xlarge"}}}},
            "mlops-estate: training.cluster.node_groups.gpu: p5.48xlarge is not offered in eu-west-1",
        ),
        (
            {"cluster": {"node_groups": {"gpu": {"instance_type": "p4d.24xlarge"}}}},
            "mlops-estate: training.cluster.node_groups.gpu: p4d.24xlarge is not offered in 2 zones of eu-west-1",
        ),
        (
            {
                "cluster": {
                    "node_groups": {"gpu": {"instance_type": "p4d.24xlarge", "zones": ["a"]}},
                    "zone_ids": {"a": "euw1-az3"},
                }
            },
            "mlops-estate: training.cluster.node_groups.gpu: p4d.24xlarge is not offered in zone a (euw1-az3)",
        ),
        (
            {"cluster": {"node_groups": {"gpu": {**FAST, "zones": None}}}},
            "mlops-estate: training.cluster.node_groups.gpu: efa works within one zone, and the network has a, b",
        ),
        (
            {"cluster": {"node_groups": {"gpu": {"zones": ["c"]}}}},
            "mlops-estate: training.cluster.node_groups.gpu: zones has c; the network has a, b",
        ),
        (
            {"cluster": {"node_groups": {"gpu": {"efa": True}}}},
            "mlops-estate:training.cluster.node_groups.gpu: efa is on, and g5.xlarge has no Elastic Fabric Adapter",
        ),
        (
            {"cluster": {"node_groups": {"gpu": {"capacity": "capacity-block", "instance_type": "p4d.24xlarge"}}}},
            "mlops-estate:training.cluster.node_groups.gpu: capacity capacity-block needs reservation_id",
        ),
        (
            {"cluster": {"node_groups": {"gpu": {"instance_type": "m5.large"}}}},
            "mlops-estate:training.cluster.node_groups.gpu.instance_type: m5.large is no instance type with GPUs",
        ),
        (
            {"cluster": {"filesystem": {"size_gb": 2000}}},
            "mlops-estate:training.cluster.filesystem: size_gb 2000 is not sold; allowed are 1200, 2400",
        ),
        (
            {"cluster": {"filesystem": {"zone": "c"}}},
            "mlops-estate: training.cluster.filesystem.zone c is none of the network's, a, b",
        ),
        ({"cluster": {"addons": {"istio": {}}}}, "mlops-estate:training.cluster.addons.istio"),
        (
            {"cluster": {"access": {"ann": {"role_arn": "arn:aws:iam::123456789012:role/ann", "policy": "admin"}}}},
            "mlops-estate:training.cluster.access.ann: policy admin needs namespaces",
        ),
        (
            {"hyperpod": {"instance_groups": {"train": {"instance_type": "ml.p4d.24xlarge"}}}},
            "mlops-estate: training.hyperpod needs training.cluster, which schedules its jobs",
        ),
        (
            {
                "cluster": {},
                "hyperpod": {"instance_groups": {"train": {"instance_type": "ml.p4d.24xlarge", "zone": "c"}}},
            },
            "mlops-estate: training.hyperpod.instance_groups.train: zone c is none of the network's, a, b",
        ),
        (
            {"cluster": {}, "hyperpod": {"instance_groups": {"gpu": {"instance_type": "ml.p4d.24xlarge"}}}},
            "mlops-estate: training.hyperpod.instance_groups.gpu has the name of a node group of the cluster",
        ),
        (
            {"cluster": {}, "hyperpod": {"instance_groups": {"train": {"instance_type": "ml.p4d.24xlarge"}}}},
            "mlops-estate: training.cluster.device_plugin_image nvcr.io/nvidia/k8s-device-plugin:v0.17.4: the network",
        ),
    ],
)
def test_what_aws_cannot_give_is_refused_before_anything_is_registered(training, said):
    with pytest.raises(SettingsError) as error:
        parse({**LEAST, "training": training})

    assert str(error.value).startswith(said)


def test_groups_are_published_by_name_for_what_stops_them(estate):
    made = estate(training={"cluster": {"node_groups": {"gpu": BUILT_IN, "fast": {**FAST, **BUILT_IN}}}}).outputs[
        "training"
    ]

    assert list(made.node_groups) == ["fast", "gpu"]
    assert (made.filesystem, made.hyperpod) == ({}, {})


def test_the_file_system_lies_in_the_zone_that_is_asked_for_and_knows_the_lake(estate):
    made = estate(training={"cluster": {"filesystem": {"zone": "b", "linked": ["features", "curated"]}}})
    network = made.named("network-private-b")

    assert network.urn in made.named("lustre-filesystem").dependencies
    assert made.named("lustre-features").inputs["dataRepositoryPath"] == (
        "s3://mlops-test-features-123456789012-eu-west-1"
    )
    assert sorted(made.outputs["training"].filesystem) == ["dns_name", "id", "mount_name"]


def test_training_jobs_mount_the_file_system_by_a_claim(estate):
    made = estate(training={"cluster": {"filesystem": {"size_gb": 2400}}})
    volume, claim = made.named("gpu-lake-volume"), made.named("gpu-lake-claim")

    for goal in (volume, claim):
        validate(dict(goal.inputs), "1.35", strict=True)
        assert goal.provider == made.named("gpu-workloads-kubernetes").urn
    assert volume.inputs["spec"]["csi"]["driver"] == "fsx.csi.aws.com"
    assert volume.inputs["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    assert claim.inputs["metadata"] == {"name": "lake", "namespace": "training"}
    assert claim.inputs["spec"]["resources"]["requests"]["storage"] == "2400Gi"
    assert "gpu-aws-fsx-csi-driver" in made.names


def test_hyperpod_stands_on_the_cluster(estate):
    groups = {"train": {"instance_type": "ml.p4d.24xlarge", "count": 1}}
    plugin = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/k8s-device-plugin:v0.17.4"
    training = {"cluster": {"device_plugin_image": plugin}, "hyperpod": {"instance_groups": groups}}
    made = estate(training=training)
    state = json.loads(made.named("hyperpod-cluster").inputs["desiredState"])

    assert state["Orchestrator"]["Eks"]["ClusterArn"] == "arn:aws:eks:eu-west-1:123456789012:cluster/mlops-test-gpu"
    assert list(made.outputs["training"].hyperpod) == ["arn"]
    pod = made.named("gpu-workloads-device-plugin").inputs["spec"]["template"]["spec"]
    terms = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert terms[0]["matchExpressions"][0]["values"] == ["train"]


def test_a_plain_cluster_has_neither_fabric_nor_file_system_nor_hyperpod(estate):
    names = estate(training={"cluster": {}}).names

    assert not [name for name in names if name.startswith(("lustre", "hyperpod", "gpu-fabric", "gpu-karpenter"))]
