"""What runs on the cluster, from the settings: what is made, under what, in what order, and what is refused."""

from copy import deepcopy
from typing import Any

import pytest

from stacks.private_services import private_services
from stacks.settings import SettingsError, parse
from tests.components.kubernetes.cluster import faults
from tests.stacks.conftest import BASE, MODELS, release, run_estate

NAT: dict[str, Any] = {"network": {"cidr": "10.9.0.0/16", "nat": "single"}}
PLAIN = {"node_groups": {"gpu": {"image": "al2023"}}}  # of an image without a device plugin
EVERYTHING = {
    "karpenter": {"pools": {"any": {"gpus": 4}}, "plain_pools": {"hosts": {}}},
    "queues": {
        "teams": {
            "training": {"quotas": {"any": {"gpus": 2}}},
            "vision": {"quotas": {"any": {"gpus": 2}, "gpu": {"gpus": 1}}},
        }
    },
    "trainer": {},
    "gpu_metrics": {},
    "observability": {},
}
COPIES = {"images": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/copies"}


def cluster(**kubernetes):
    return {"cluster": {"kubernetes": kubernetes}}


@pytest.fixture(scope="module")
def whole():
    """An estate with everything on its cluster, and a model hosted there."""
    models = {MODELS[0]: {**release(MODELS[0]), "on_kubernetes": {"callers": ["vision"]}}, MODELS[1]: {}}
    return run_estate(foundation=NAT, training=cluster(**EVERYTHING), models=models, monitoring={"prometheus": {}})


def test_every_object_is_one_that_the_cluster_takes(whole):
    assert faults(whole.result) == []


def test_objects_hang_under_the_cluster_and_use_its_provider(whole):
    provider = whole.named("gpu-workloads-kubernetes").urn
    objects = [goal for goal in whole.result.goals if goal.type.startswith("kubernetes:")]

    assert {goal.provider for goal in objects} == {provider}
    assert all("estate:cluster:GpuCluster$" in goal.urn for goal in objects)


def test_objects_are_made_once_there_are_nodes_and_go_before_them(whole):
    known = {goal.urn: goal for goal in whole.result.goals}

    def beneath(urn, seen):
        for each in known[urn].dependencies:
            if each not in seen:
                seen.add(each)
                beneath(each, seen)
        return seen

    assert whole.named("gpu-system-group").urn in beneath(whole.named("gpu-workloads-kubernetes").urn, set())


def test_karpenter_starts_once_its_role_and_its_queue_are_there(whole):
    needed = set(whole.named("gpu-pools-karpenter-crd").dependencies)

    assert whole.named("gpu-karpenter-controller-association").urn in needed
    assert whole.named("gpu-pools-karpenter-crd").urn in whole.named("gpu-pools-karpenter").dependencies


def test_pods_with_gpus_are_served_on_pools_too(whole):
    # The default group's image has a device plugin of its own.
    for name, groups in (("gpu-workloads-device-plugin", ["any"]), ("gpu-metrics-exporter", ["any", "gpu"])):
        spec = whole.named(name).inputs["spec"]["template"]["spec"]
        terms = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        assert terms[0]["matchExpressions"][0]["values"] == groups


def test_the_training_namespace_is_a_teams_where_the_team_is_named_so(whole, estate):
    labels = whole.named("gpu-workloads-namespace").inputs["metadata"]["labels"]

    assert labels["mlops-estate/team"] == "training"
    alone = estate(training={"cluster": {}}).named("gpu-workloads-namespace").inputs["metadata"]["labels"]
    assert "mlops-estate/team" not in alone


def test_a_model_is_hosted_on_the_image_of_the_estate_and_known_by_its_url(whole):
    (container,) = whole.named(f"{MODELS[0]}-host-deployment").inputs["spec"]["template"]["spec"]["containers"]

    assert container["image"].endswith("/mlops-test-serving:0.1.0")
    assert list(whole.outputs["training"].hosts) == [MODELS[0]]
    (rule,) = whole.named(f"{MODELS[0]}-host-callers").inputs["spec"]["ingress"]
    assert {"ipBlock": {"cidr": "10.9.0.0/16"}} in rule["from"]


def test_hosts_stand_behind_their_walls_and_take_no_gpu(whole):
    deployment = whole.named(f"{MODELS[0]}-host-deployment")

    assert whole.named("gpu-models-deny").urn in deployment.dependencies
    assert whole.named("gpu-models-quota").inputs["spec"] == {
        "hard": {"pods": "5", "requests.nvidia.com/gpu": "0"}  # four pods at most, and one more in a rollout
    }


def test_a_cluster_with_nothing_asked_for_has_no_operator(estate):
    made = estate(training={"cluster": {}})

    assert made.of_type("kubernetes:helm.sh/v3:Release") == []
    assert made.of_type("kubernetes:apps/v1:DaemonSet") == []
    assert made.outputs["training"].hosts == {}


def test_the_operator_brings_the_device_plugin(estate):
    made = estate(foundation=NAT, training={"cluster": {**PLAIN, "kubernetes": {"gpu_operator": {}}}})

    assert "gpu-workloads-device-plugin" not in made.names
    assert "gpu-operator-gpu-operator" in made.names


WORKSPACE = "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-0a1b2c3d-0000/api/v1/remote_write"
TEAM = {"quotas": {"gpu": {"gpus": 4}}}
MANY = {"quotas": {"any": {"gpus": 16}}}


@pytest.mark.parametrize(
    ("kubernetes", "said"),
    [
        (
            {"queues": {"teams": {"a": {"quotas": {"gpu": {"gpus": 1}}}, "bb": TEAM}}},
            "kubernetes.queues.teams.a",
        ),
        (
            {"queues": {"teams": {"vision": TEAM}}},
            "kubernetes.queues: 4 GPUs of gpu are promised (vision 4), and it has 1 at most",
        ),
        (
            {"queues": {"teams": {"vision": {"quotas": {"spot": {"gpus": 1}}}}}},
            "queues.teams.vision.quotas.spot: there is no such node group or pool; there are gpu",
        ),
        ({"karpenter": {"pools": {"any": {"gpus": 0}}}}, "karpenter.pools.any.gpus: gpus is 0: Karpenter would start"),
        ({"karpenter": {"pools": {}}}, "kubernetes.karpenter: pools and plain_pools are empty"),
        ({"karpenter": {"pools": {"gpu": {}}}}, "karpenter.pools.gpu has the name of a node group"),
        (
            {"karpenter": {"pools": {"any": {"zones": ["c"]}}}},
            "karpenter.pools.any: zone c is none of the network's, a, b",
        ),
        (
            {"karpenter": {"pools": {"any": {}}, "plain_pools": {"any": {}}}},
            "plain_pools.any has the name of a pool of GPU nodes",
        ),
        ({"karpenter": {"plain_pools": {"any": {"families": ["g5"]}}}}, "family g5 has GPUs"),
        ({"karpenter": {"plain_pools": {"any": {"families": ["m7g"]}}}}, "family m7g has ARM processors"),
        ({"trainer": {"runtimes": {"torch": {"framework": "torch"}}}}, "framework torch needs an image with PyTorch"),
        ({"gpu_metrics": {}, "gpu_operator": {}}, "gpu_metrics and gpu_operator both measure GPUs"),
        ({"trainer": {"chart": {"version": "latest"}}}, "trainer.chart.version: must match"),
        (
            {"observability": {"remote_write": WORKSPACE}},
            "observability.remote_write is in us-east-1, and aws.region is eu-west-1",
        ),
        ({"operators": {}}, "kubernetes.operators: unknown key"),
        ({"gpu_operator": {}}, "gpu_operator runs a device plugin, and nodes of gpu have one in their image"),
        ({"queues": {"teams": {"models": TEAM}}}, "teams.models: the cluster's own operators or hosts have this"),
        (
            {"karpenter": {"pools": {"any": {"gpus": 16}}}, "queues": {"teams": {"training": MANY}}},
            "queues.teams.training has 16 GPUs of its own, and training.cluster.gpu_quota lets its namespace hold 8",
        ),
        ({"observability": {"storage_gb": 50}}, "storage_gb 50 needs training.cluster.addons.aws-ebs-csi-driver"),
    ],
)
def test_what_cannot_run_is_refused_with_its_reason(kubernetes, said):
    with pytest.raises(SettingsError) as error:
        parse({**deepcopy(BASE), "foundation": NAT, "training": cluster(**kubernetes)})

    assert said in str(error.value)


@pytest.mark.parametrize(
    ("training", "key"),
    [
        (cluster(trainer={}), "kubernetes.trainer.chart.images"),
        (cluster(karpenter={}), "kubernetes.karpenter.chart.images"),
        (cluster(gpu_metrics={}), "kubernetes.gpu_metrics.image"),
        (
            cluster(gpu_metrics={"image": "nvidia/dcgm-exporter:4"}),
            "kubernetes.gpu_metrics.image nvidia/dcgm-exporter:4",
        ),
        (
            cluster(trainer={"chart": COPIES, "runtimes": {"own": {"image": "ghcr.io/own/trees:1"}}}),
            "kubernetes.trainer.runtimes.own.image ghcr.io/own/trees:1",
        ),
        ({"cluster": PLAIN}, "device_plugin_image nvcr.io/nvidia/k8s-device-plugin:v0.17.4"),
    ],
)
def test_images_that_a_closed_network_does_not_reach_are_refused(training, key):
    with pytest.raises(SettingsError) as error:
        parse({**deepcopy(BASE), "training": training})

    assert f"training.cluster.{key}" in str(error.value)
    assert "the network has no NAT" in str(error.value)


def test_images_that_a_closed_network_reaches_are_taken():
    plugin = f"{COPIES['images']}/k8s-device-plugin:v0.17.4"
    wanted = {**PLAIN, "device_plugin_image": plugin, "kubernetes": {"trainer": {"chart": COPIES}}}
    read = parse({**deepcopy(BASE), "training": {"cluster": wanted}}).training

    assert read.cluster is not None
    assert read.cluster.kubernetes.trainer is not None
    assert (read.cluster.kubernetes.trainer.chart.images, read.plugin_groups) == (COPIES["images"], ["gpu"])


@pytest.mark.parametrize(
    ("model", "training", "said"),
    [
        ({**release(MODELS[0]), "on_kubernetes": {}}, {}, "on_kubernetes needs training.cluster, on which it runs"),
        ({"on_kubernetes": {}}, {"cluster": {}}, "on_kubernetes needs a release, which it hosts"),
        (
            {**release(MODELS[0]), "on_kubernetes": {"minimum": 3, "maximum": 2}},
            {"cluster": {}},
            "on_kubernetes: minimum 3 is above maximum 2",
        ),
    ],
)
def test_a_model_that_cannot_be_hosted_is_refused(model, training, said):
    with pytest.raises(SettingsError) as error:
        parse({**deepcopy(BASE), "training": training, "models": {MODELS[0]: model}})

    assert f"models.{MODELS[0]}.{said}" in str(error.value)


def test_a_closed_network_reaches_the_workspace_that_gets_samples():
    url = WORKSPACE.replace("us-east-1", "eu-west-1")
    training = cluster(observability={"chart": COPIES, "remote_write": url})

    assert "aps-workspaces" in private_services(parse({**deepcopy(BASE), "training": training}))
    assert "aps-workspaces" not in private_services(parse({**deepcopy(BASE), "training": {"cluster": {}}}))


FABRIC = {"instance_type": "g5.48xlarge", "efa": True, "zones": ["a"]}
TORCH = {"framework": "torch", "image": f"{COPIES['images']}/torch:2.10", "gpus": 8}


def test_a_group_with_adapters_has_their_plugin(estate):
    groups = {"gpu": {"image": "bottlerocket"}, "fabric": {**FABRIC, "image": "bottlerocket"}}
    made = estate(training={"cluster": {"node_groups": groups}})
    pod = made.named("gpu-fabric-plugin-daemonset").inputs["spec"]["template"]["spec"]

    terms = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert terms[0]["matchExpressions"][0]["values"] == ["fabric"]
    assert pod["containers"][0]["image"].startswith("602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/")
    assert "gpu-fabric-plugin-daemonset" not in estate(training={"cluster": {}}).names


@pytest.mark.parametrize(
    ("region", "cluster", "said"),
    [
        (
            "il-central-1",
            {"node_groups": {"fabric": {"instance_type": "g5.48xlarge", "efa": True, "zones": ["a"]}}},
            "node_groups.fabric has efa, and where EKS keeps its device plugin in il-central-1 is not known here; name "
            "it under training.cluster.fabric_plugin_image",
        ),
        (
            "eu-west-1",
            {"node_groups": {"fabric": FABRIC}, "fabric_plugin_image": "ghcr.io/own/efa:1"},
            "fabric_plugin_image ghcr.io/own/efa:1: the network has no NAT",
        ),
        (
            "eu-west-1",
            {
                "node_groups": {"fabric": {**FABRIC, "image": "bottlerocket"}},
                "kubernetes": {
                    "trainer": {"chart": COPIES, "runtimes": {"torch": {**TORCH, "fabric_adapters": 4}}},
                },
            },
            "kubernetes.trainer.runtimes.torch.fabric_adapters 4 is more than a node of any node group with efa has: "
            "fabric 1",
        ),
        (
            "eu-west-1",
            {"kubernetes": {"trainer": {"chart": COPIES, "runtimes": {"torch": {**TORCH, "fabric_adapters": 1}}}}},
            "kubernetes.trainer.runtimes.torch.fabric_adapters 1 is more than a node of any node group with efa has: "
            "none has any",
        ),
    ],
)
def test_adapters_that_no_pod_could_reach_are_refused(region, cluster, said):
    own = {"device_plugin_image": f"{COPIES['images']}/k8s-device-plugin:v0.17.4"}
    aws = {"account_id": "123456789012", "region": region}
    with pytest.raises(SettingsError) as error:
        parse({**deepcopy(BASE), "aws": aws, "training": {"cluster": {**own, **cluster}}})

    assert f"training.cluster.{said}" in str(error.value)


def test_a_pool_of_families_that_no_zone_offers_is_refused():
    pools = {"any": {}, "large": {"families": ["p5"], "gpus": 8}}
    with pytest.raises(SettingsError) as error:
        parse({**deepcopy(BASE), "foundation": NAT, "training": cluster(karpenter={"pools": pools})})

    assert "training.cluster.kubernetes.karpenter.pools.large: eu-west-1 offers no type of p5 in zone a, b" in str(
        error.value
    )
