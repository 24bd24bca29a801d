import json

import pytest
from pydantic import ValidationError

from components.kubernetes.model_host import ModelHost, ModelHostArgs
from components.kubernetes.options import KubernetesHost
from pipelines.serving.__main__ import GRACE_S
from tests.components.kubernetes.cluster import PLACE, faults, made

GROUP = "arn:aws:sagemaker:us-east-1:111111111111:model-package/mlops-test-fraud"
ARGS = {
    "placement": PLACE,
    "model": "fraud",
    "release": {"version": 3, "package_arn": f"{GROUP}/3"},
    "host": {"minimum": 2, "maximum": 6, "callers": ["shop", "research"]},
    "image": "111111111111.dkr.ecr.us-east-1.amazonaws.com/serving:1",
    "namespace": "models",
    "namespace_name": "models",
    "cluster": "mlops-test-gpu",
    "cluster_name": "mlops-test-gpu",
    "permission_boundary_arn": "arn:aws:iam::111111111111:policy/boundary",
    "models_bucket_arn": "arn:aws:s3:::models",
    "models_key_arn": "arn:aws:kms:us-east-1:111111111111:key/1",
    "priority": "estate-serving",
}


@pytest.fixture(scope="module")
def host():
    return made(lambda opts: ModelHost("fraud-host", ModelHostArgs.model_validate(ARGS), opts))


def changed(**changes):
    return made(lambda opts: ModelHost("fraud-host", ModelHostArgs.model_validate({**ARGS, **changes}), opts))


def pod(result):
    return result.named("fraud-host-deployment").inputs["spec"]["template"]["spec"]


def test_objects_are_what_kubernetes_takes(host):
    assert faults(host) == []


def test_the_host_runs_as_sagemaker_starts_it(host):
    (container,) = pod(host)["containers"]

    assert (container["image"], container["args"]) == (ARGS["image"], ["serve"])
    assert {each["name"]: each["value"] for each in container["env"]} == {
        "ESTATE_METRICS": "on",
        "ESTATE_WORKLOAD": "fraud",
    }
    assert container["readinessProbe"]["httpGet"] == {"path": "/ping", "port": 8080}


def test_the_model_is_fetched_by_the_same_image_before_the_host_starts(host):
    (fetch,) = pod(host)["initContainers"]

    assert (fetch["image"], fetch["command"]) == (ARGS["image"], ["python", "-m", "pipelines.serving.fetch"])
    assert {each["name"]: each["value"] for each in fetch["env"]} == {
        "AWS_REGION": "us-east-1",
        "ESTATE_IMAGE": ARGS["image"],
        "ESTATE_RELEASE": f"{GROUP}/3",
        "ESTATE_WORKLOAD": "fraud",
    }


@pytest.mark.parametrize("kind", ["initContainers", "containers"])
def test_containers_have_no_right_over_their_node_and_write_to_volumes_only(host, kind):
    (container,) = pod(host)[kind]

    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert pod(host)["securityContext"]["runAsNonRoot"] is True
    assert pod(host)["automountServiceAccountToken"] is False


def test_a_pod_that_goes_answers_what_it_has_begun(host):
    (container,) = pod(host)["containers"]
    sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert pod(host)["terminationGracePeriodSeconds"] >= sleep + GRACE_S


def test_a_release_that_does_not_start_takes_no_pod_away(host):
    spec = host.named("fraud-host-deployment").inputs["spec"]

    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_how_many_pods_there_are_is_the_autoscalers_alone(host):
    scale = host.named("fraud-host-scale").inputs["spec"]

    assert "replicas" not in host.named("fraud-host-deployment").inputs["spec"]
    assert (scale["minReplicas"], scale["maxReplicas"]) == (2, 6)
    assert scale["scaleTargetRef"]["name"] == "fraud"


def test_only_named_callers_reach_the_host(host):
    (rule,) = host.named("fraud-host-callers").inputs["spec"]["ingress"]
    names = [each["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for each in rule["from"]]

    assert names == ["research", "shop"]
    assert rule["ports"] == [{"port": 8080, "protocol": "TCP"}]


def test_who_reads_metrics_reaches_the_host_too():
    result = changed(host={}, scraped_by=["observability"], scraped_from={"collector": "10.0.0.0/16"})
    (rule,) = result.named("fraud-host-callers").inputs["spec"]["ingress"]

    assert rule["from"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "observability"}}},
        {"ipBlock": {"cidr": "10.0.0.0/16"}},
    ]


def test_nobody_calls_a_host_without_callers():
    assert "fraud-host-callers" not in {goal.name for goal in changed(host={}).goals}


def test_models_with_a_long_common_start_have_roles_of_their_own():
    names = {
        changed(model=f"delivery-eta-of-restaurants-{region}").named("fraud-host-role-role").inputs["name"]
        for region in ("eu", "us")
    }

    assert len(names) == 2


def test_the_role_reads_this_models_archives_and_no_others(host):
    policy = json.loads(host.named("fraud-host-role-policy").inputs["policy"])
    allowed = {each["Sid"]: (each["Action"], each["Resource"]) for each in policy["Statement"]}

    assert allowed == {
        "FindArchive": ("sagemaker:DescribeModelPackage", f"{GROUP}/*"),
        "ReadArchive": ("s3:GetObject", "arn:aws:s3:::models/fraud/*"),
        "OpenArchive": ("kms:Decrypt", ARGS["models_key_arn"]),
    }


def test_pods_start_once_they_can_be_told_who_they_are(host):
    association = host.named("fraud-host-role-association")

    assert association.urn in host.named("fraud-host-deployment").dependencies
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == ("models", "fraud")
    assert host.named("fraud-host-account").urn in association.dependencies
    assert host.named("fraud-host-account").inputs["metadata"]["name"] == "fraud"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"minimum": 5, "maximum": 2}, "minimum 5 is above maximum 2"),
        ({"cpu_percent": 100}, "cpu_percent"),
        ({"callers": ["Shop"]}, "callers"),
        ({"replicas": 2}, "replicas"),
    ],
)
def test_a_wrong_host_is_refused(wrong, said):
    with pytest.raises(ValidationError, match=said):
        KubernetesHost.model_validate(wrong)
