import csv
import json
from typing import Any

import pytest
from pydantic import ValidationError

from components.kubernetes.dashboard import gpu_dashboard
from components.kubernetes.gpu_metrics import GpuMetrics, GpuMetricsArgs, counted
from components.kubernetes.gpu_operator import NAMESPACE as OPERATOR
from components.kubernetes.gpu_operator import GpuOperator, GpuOperatorArgs
from components.kubernetes.kueue import NAMESPACE as KUEUE
from components.kubernetes.observability import Observability, ObservabilityArgs
from components.kubernetes.options import PINNED, TrainingRuntime
from components.kubernetes.scraped import CONTROLLERS, scrape_jobs, scraped
from components.kubernetes.trainer import Trainer, TrainerArgs
from components.kubernetes.workloads import TRAINING_PRIORITY
from contracts.prometheus import ClusterMetric
from estate.plan import charts
from tests.components.kubernetes.cluster import PLACE, faults, made

IMAGES = "111111111111.dkr.ecr.us-east-1.amazonaws.com/copies"
TORCH = {"framework": "torch", "image": "example.com/torch:2.10", "nodes": 4, "gpus": 8}
WORKSPACE = "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-0a1b2c3d-0000/api/v1/remote_write"


def trainer(chart=None, **runtimes):
    args = TrainerArgs.model_validate(
        {"placement": PLACE, "chart": chart or {}, "gpu_image": "estate/gpu:1", "runtimes": runtimes or {"xgboost": {}}}
    )
    return made(lambda opts: Trainer("gpu-trainer", args, opts))


def gpu_metrics(**changes):
    args = GpuMetricsArgs.model_validate(
        {
            "placement": PLACE,
            "image": "nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless",
            "gpu_groups": ["spot", "gpu"],
            "pool_label": "mlops-estate/pool",
            **changes,
        }
    )
    return made(lambda opts: GpuMetrics("gpu-metrics", args, opts))


def gpu_operator(**changes):
    args = GpuOperatorArgs.model_validate({"placement": PLACE, **changes})
    return made(lambda opts: GpuOperator("gpu-operator", args, opts))


def observability(**changes):
    beneath = {"cluster": "mlops-test-gpu", "cluster_name": "mlops-test-gpu", "permission_boundary_arn": "arn:boundary"}
    beneath["network_cidr"] = "10.9.0.0/16"
    args = ObservabilityArgs.model_validate({"placement": PLACE, **beneath, **changes})
    return made(lambda opts: Observability("gpu-observability", args, opts))


@pytest.mark.parametrize(
    "registered",
    [
        lambda: trainer(xgboost={}, torch=TORCH, plain={"framework": "plain"}),
        lambda: trainer(chart={"images": IMAGES}),
        gpu_metrics,
        lambda: gpu_metrics(profiling=True),
        gpu_operator,
        lambda: gpu_operator(mig=True, metrics=False, chart={"images": IMAGES}),
        observability,
        lambda: observability(storage_gb=100, storage_class="gp3", remote_write=WORKSPACE, chart={"images": IMAGES}),
    ],
)
def test_objects_and_values_are_what_schemas_and_charts_allow(registered):
    assert faults(registered()) == []


@pytest.mark.parametrize("chart", sorted(PINNED.keys() - {"karpenter-crd"}))
def test_values_of_the_pinned_version_are_known(chart):
    assert charts.names(chart, PINNED[chart].version)


def test_a_release_is_pinned_and_installed_as_a_whole_or_not_at_all():
    inputs = trainer().named("gpu-trainer-trainer").inputs

    assert (inputs["chart"], inputs["version"]) == ("oci://ghcr.io/kubeflow/charts/kubeflow-trainer", "2.3.0")
    assert (inputs["atomic"], inputs["cleanupOnFail"], inputs["timeout"]) == (True, True, 600)


def test_a_chart_comes_from_the_repository_that_is_named():
    chart = {"repository": "https://charts.example.com", "version": "1.2.3"}
    inputs = gpu_operator(chart=chart).named("gpu-operator-gpu-operator").inputs

    assert (inputs["chart"], inputs["version"]) == ("gpu-operator", "1.2.3")
    assert inputs["repositoryOpts"] == {"repo": "https://charts.example.com"}


def test_a_release_starts_behind_its_fence():
    result = trainer()
    walls = {result.named(f"gpu-trainer-system-{wall}").urn for wall in ("deny", "allow", "limits")}

    assert walls <= set(result.named("gpu-trainer-trainer").dependencies)


def test_a_runtime_waits_for_the_controller_that_brings_its_kind():
    result = trainer()

    assert result.named("gpu-trainer-trainer").urn in result.named("gpu-trainer-runtime-xgboost").dependencies


@pytest.mark.parametrize(
    ("runtime", "policy", "image"),
    [
        ({}, {"numNodes": 1, "xgboost": {}}, "estate/gpu:1"),
        (TORCH, {"numNodes": 4, "torch": {}}, "example.com/torch:2.10"),
        ({"framework": "plain"}, {"numNodes": 1}, "estate/gpu:1"),
    ],
)
def test_a_runtime_runs_its_framework_on_its_image(runtime, policy, image):
    spec = trainer(one=runtime).named("gpu-trainer-runtime-one").inputs["spec"]
    (job,) = spec["template"]["spec"]["replicatedJobs"]
    (container,) = job["template"]["spec"]["template"]["spec"]["containers"]

    assert spec["mlPolicy"] == policy
    assert container["image"] == image


def test_a_pod_of_a_runtime_has_no_right_over_its_node():
    spec = trainer().named("gpu-trainer-runtime-xgboost").inputs["spec"]
    pod = spec["template"]["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }


def test_a_pod_of_a_runtime_has_the_priority_of_jobs_and_the_adapters_that_are_asked_for():
    def pod(**runtime):
        spec = trainer(one=runtime).named("gpu-trainer-runtime-one").inputs["spec"]
        return spec["template"]["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]

    with_adapters, without = pod(**TORCH, fabric_adapters=4), pod(**TORCH)

    assert with_adapters["priorityClassName"] == TRAINING_PRIORITY == "estate-training"
    (container,) = with_adapters["containers"]
    for amounts in (container["resources"]["requests"], container["resources"]["limits"]):
        assert (amounts["nvidia.com/gpu"], amounts["vpc.amazonaws.com/efa"]) == ("8", "4")
    assert "vpc.amazonaws.com/efa" not in without["containers"][0]["resources"]["limits"]


def test_pytorch_is_not_looked_for_in_an_image_without_it():
    with pytest.raises(ValidationError, match="framework torch needs an image with PyTorch"):
        TrainingRuntime.model_validate({"framework": "torch"})


def test_every_metric_that_rules_read_of_a_gpu_is_counted():
    fields = {row[0] for row in csv.reader(counted(profiling=False).splitlines())}

    assert {metric for metric in ClusterMetric if metric.startswith("DCGM_")} <= fields
    assert not any(field.startswith("DCGM_FI_PROF") for field in fields)


@pytest.mark.parametrize(("profiling", "added"), [(False, None), (True, ["SYS_ADMIN"])])
def test_the_exporter_administers_its_node_only_to_profile_it(profiling, added):
    spec = gpu_metrics(profiling=profiling).named("gpu-metrics-exporter").inputs["spec"]["template"]["spec"]
    (container,) = spec["containers"]

    assert container["securityContext"]["capabilities"].get("add") == added
    assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]


def test_the_exporter_counts_what_the_estate_wants_counted():
    (container,) = gpu_metrics().named("gpu-metrics-exporter").inputs["spec"]["template"]["spec"]["containers"]
    given = {each["name"]: each.get("value") for each in container["env"]}
    (counters,) = [each for each in container["volumeMounts"] if each["name"] == "counters"]

    assert given["DCGM_EXPORTER_COLLECTORS"] == f"{counters['mountPath']}/counters.csv"
    assert given["DCGM_EXPORTER_KUBERNETES"] == "true"


def test_the_exporter_runs_on_gpu_nodes_and_is_scraped_there():
    template = gpu_metrics().named("gpu-metrics-exporter").inputs["spec"]["template"]
    affinity = template["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]

    assert affinity["nodeSelectorTerms"][0]["matchExpressions"] == [
        {"key": "mlops-estate/pool", "operator": "In", "values": ["gpu", "spot"]}
    ]
    assert template["metadata"]["annotations"]["prometheus.io/port"] == "9400"


def test_the_operator_leaves_alone_what_eks_images_bring():
    values = gpu_operator().named("gpu-operator-gpu-operator").inputs["values"]

    assert (values["driver"], values["toolkit"]) == ({"enabled": False}, {"enabled": False})


def test_samples_are_kept_on_a_disk_of_which_a_fifth_stays_free():
    values = observability(storage_gb=100).named("gpu-observability-kube-prometheus-stack").inputs["values"]
    spec = values["prometheus"]["prometheusSpec"]

    assert spec["retentionSize"] == "80GiB"
    assert spec["storageSpec"]["volumeClaimTemplate"]["spec"]["resources"] == {"requests": {"storage": "100Gi"}}


def test_nodes_are_scraped_too_which_are_no_pods():
    ways = observability().named("gpu-observability-system-allow").inputs["spec"]["egress"]

    assert {"to": [{"ipBlock": {"cidr": "10.9.0.0/16"}}], "ports": [{"port": 10250, "protocol": "TCP"}]} in ways


@pytest.mark.parametrize("chart", [{}, {"images": IMAGES}])
def test_the_operators_agents_run_on_nodes_with_any_taint(chart):
    values = gpu_operator(chart=chart).named("gpu-operator-gpu-operator").inputs["values"]

    assert values["daemonsets"]["tolerations"] == [{"operator": "Exists"}]
    assert values["node-feature-discovery"]["worker"]["tolerations"] == [{"operator": "Exists"}]


def test_samples_go_to_a_managed_workspace_too_where_one_is_named():
    result = observability(remote_write=WORKSPACE)
    stack = result.named("gpu-observability-kube-prometheus-stack")
    values = stack.inputs["values"]

    (allowed,) = json.loads(result.named("gpu-observability-role-policy").inputs["policy"])["Statement"]
    assert (allowed["Action"], allowed["Resource"]) == (
        "aps:RemoteWrite",
        "arn:aws:aps:us-east-1:111111111111:workspace/ws-0a1b2c3d-0000",
    )
    association = result.named("gpu-observability-role-association")
    assert association.urn in stack.dependencies
    assert result.named("gpu-observability-system-deny").urn in association.dependencies  # its namespace stands
    assert values["prometheus"]["prometheusSpec"]["remoteWrite"] == [
        {"url": WORKSPACE, "sigv4": {"region": "us-east-1"}}
    ]


def test_no_password_of_grafana_is_in_the_values():
    inputs = observability().named("gpu-observability-kube-prometheus-stack").inputs

    assert "assword" not in json.dumps(inputs["values"])


def test_the_dashboard_asks_the_cluster_for_its_metrics():
    asked = json.dumps(gpu_dashboard())

    assert all(metric in asked for metric in (ClusterMetric.GPU_BUSY, ClusterMetric.QUEUE_PENDING))
    assert "gpu-observability-dashboard" not in {goal.name for goal in observability(grafana=False).goals}


def test_the_collectors_token_is_sent_to_controllers_only():
    jobs: dict[str, Any] = {str(job["job_name"]): job for job in scrape_jobs()}

    assert "bearer_token_file" not in jobs["pods"]
    assert jobs["pods"]["relabel_configs"][0] == {
        "action": "drop",
        "source_labels": ["__meta_kubernetes_pod_annotation_prometheus_io_scheme"],
        "regex": "https",
    }
    assert jobs["controllers"]["kubernetes_sd_configs"] == [{"role": "pod", "namespaces": {"names": ["kueue-system"]}}]
    assert jobs["controllers"]["bearer_token_file"].endswith("/token")


def test_the_operators_exporter_is_found_by_its_label_as_it_has_no_annotation():
    jobs: dict[str, Any] = {str(job["job_name"]): job for job in scrape_jobs()}
    job = jobs["gpu-operator"]

    assert job["kubernetes_sd_configs"] == [{"role": "pod", "namespaces": {"names": [OPERATOR]}}]
    assert job["relabel_configs"][0] == {
        "action": "keep",
        "source_labels": ["__meta_kubernetes_pod_label_app"],
        "regex": "nvidia-dcgm-exporter",
    }


def test_kueue_is_found_by_the_job_of_controllers():
    assert scraped(8443, secure=True)["prometheus.io/scheme"] == "https"
    assert "prometheus.io/scheme" not in scraped(9400)
    assert KUEUE in CONTROLLERS
