import copy
import json
from decimal import Decimal

import pytest

from estate.plan import charts, crds, manifests
from estate.plan.crds.reduce import reduced
from estate.plan.crds.values import merged, names
from estate.plan.kubernetes import leaves

POD = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "host", "namespace": "models", "labels": {"app": "host"}},
    "spec": {
        "selector": {"matchLabels": {"app": "host"}},
        "template": {
            "metadata": {"labels": {"app": "host"}},
            "spec": {
                "containers": [
                    {
                        "name": "host",
                        "image": "host:1",
                        "ports": [{"containerPort": 8080}],
                        "resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": "1"}},
                        "volumeMounts": [{"name": "model", "mountPath": "/model"}],
                    }
                ],
                "volumes": [{"name": "model", "emptyDir": {}}],
            },
        },
    },
}
POOL = {
    "apiVersion": "karpenter.sh/v1",
    "kind": "NodePool",
    "metadata": {"name": "gpu"},
    "spec": {
        "template": {
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
                "requirements": [{"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]}],
            }
        }
    },
}


def said(manifest, version="1.34"):
    return [f"{leaf.path}: {leaf.allowed}" for leaf in leaves(manifest, version) if leaf.allowed is not None]


def changed(manifest, path, value):
    """A copy in which what stands at `path`, such as `spec.template`, is `value`; None takes it out."""
    found = copy.deepcopy(manifest)
    *way, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    at = found
    for step in way:
        at = at[step]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return found


@pytest.mark.parametrize("manifest", [POD, POOL], ids=["deployment", "node-pool"])
def test_what_keeps_to_its_schema_is_bound_and_without_a_fault(manifest):
    found = list(leaves(manifest, "1.34"))

    assert {leaf.bound for leaf in found} == {True}
    assert said(manifest) == []


@pytest.mark.parametrize(
    ("manifest", "path", "value", "fault"),
    [
        (POD, "spec.template.spec.restartpolicy", "Always", "'restartpolicy' was unexpected"),
        (POD, "spec.replicas", "2", "'2' is not of type 'integer'"),
        (POD, "spec.template.spec.containers.0.name", None, "'name' is a required property"),
        (POOL, "spec.template.spec.nodeClass", "gpu", "'nodeClass' was unexpected"),
        (POOL, "spec.template.spec.requirements.0.operator", "Is", "'Is' is not one of"),
        (POOL, "spec.template.spec.expireAfter", "two weeks", "does not match"),
        (POOL, "spec.weight", 1000, "1000 is greater than the maximum of 100"),
        (POOL, "metadata.nmae", "gpu", "'nmae' was unexpected"),
    ],
)
def test_what_breaks_a_schema_is_told(manifest, path, value, fault):
    (found,) = said(changed(manifest, path, value))

    assert fault in found


def test_a_field_is_held_against_the_version_of_the_cluster():
    sleep = changed(POD, "spec.template.spec.containers.0.lifecycle", {"preStop": {"sleep": {"seconds": 5}}})

    assert said(sleep, "1.34") == []
    assert len(said(sleep, "1.28")) == 1


def test_a_version_newer_than_all_that_are_known_is_held_against_the_newest():
    assert said(POD, "1.99") == []
    assert len(said(changed(POD, "spec.replica", 1), "1.99")) == 1


def test_a_pod_inside_of_a_custom_kind_is_held_against_kubernetes_own_schema():
    pod = {"containers": [{"name": "node", "image": "a:1", "commands": ["x"]}]}
    job = {"name": "node", "template": {"spec": {"template": {"spec": pod}}}}
    runtime = {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "ClusterTrainingRuntime",
        "metadata": {"name": "one"},
        "spec": {"template": {"spec": {"replicatedJobs": [job]}}},
    }

    (found,) = said(runtime)
    assert "'commands' was unexpected" in found


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("metadata.name", "Host", "metadata.name: allowed is lower case letters"),
        ("metadata.namespace", "my.models", "metadata.namespace: allowed is a namespace's name"),
        ("metadata.labels", {"app": "a host"}, "metadata.labels.app: a label's value has at most 63"),
        ("metadata.annotations", {"a/b/c": "x"}, "metadata.annotations.a/b/c: allowed is a key such as"),
        ("spec.template.metadata.labels", {"app": "other"}, "spec.selector.matchLabels: the pods' own labels"),
        ("spec.template.spec.volumes", None, "volumeMounts: the pod's volumes are: none"),
        ("spec.template.spec.containers.0.ports.0.containerPort", 80800, "ports: allowed is 1 to 65535"),
        ("spec.template.spec.containers.0.name", "Host", "name: allowed are 63 lower case letters"),
        ("spec.template.spec.containers.0.resources.limits.cpu", "4Gb", "allowed is a quantity such as 500m, 2 or 4Gi"),
        ("spec.template.spec.containers.0.resources.limits.cpu", "1K", "allowed is a quantity such as 500m, 2 or 4Gi"),
        ("spec.template.spec.containers.0.resources.requests.cpu", "2", "requests.cpu: at most the limit 1"),
        (
            "spec.template.spec.containers.0.resources",
            {"requests": {"nvidia.com/gpu": 1}},
            "limits.nvidia.com/gpu: a device that is asked for must be in the limits too",
        ),
        (
            "spec.template.spec.containers.0.resources",
            {"requests": {"nvidia.com/gpu": 1}, "limits": {"nvidia.com/gpu": 2}},
            "requests.nvidia.com/gpu: of a device as many as the limit, 2",
        ),
    ],
)
def test_what_the_api_refuses_beyond_its_schema_is_told(path, value, fault):
    (found,) = said(changed(POD, path, value))

    assert fault in found


def test_containers_of_a_pod_have_different_names():
    twice = changed(POD, "spec.template.spec.initContainers", [{"name": "host", "image": "a:1"}])

    (found,) = said(twice)
    assert "a pod's containers have different names" in found


@pytest.mark.parametrize(
    ("quantity", "worth"),
    [
        ("500m", "0.5"),
        ("2", "2"),
        ("1Ki", "1024"),
        ("1Mi", "1048576"),
        ("2k", "2000"),
        ("1.5Gi", "1610612736"),
        ("1e3", "1000"),
    ],
)
def test_a_quantity_is_worth_what_kubernetes_takes_it_for(quantity, worth):
    assert manifests.number(quantity) == Decimal(worth)


@pytest.mark.parametrize("project", crds.PROJECTS)
def test_schemas_of_custom_kinds_are_small_and_say_where_they_are_from(project):
    document = crds.document(project)
    text = json.dumps(document["schemas"])

    assert document["source"].startswith("github.com/")
    assert document["licence"] == "Apache-2.0"
    assert '"description": "' not in text
    assert len(text) < 64_000


def test_schemas_are_of_the_versions_that_are_installed():
    from components.kubernetes.options import PINNED

    installed = {"karpenter": "karpenter", "kueue": "kueue", "trainer": "kubeflow-trainer"}
    assert {project: crds.document(project)["version"] for project in crds.PROJECTS} == {
        project: f"v{PINNED[chart].version}" for project, chart in installed.items()
    }


def test_a_reduced_schema_refuses_unknown_fields_and_keeps_what_bounds_a_value():
    schema = {
        "type": "object",
        "description": "A thing.",
        "required": ["size"],
        "properties": {
            "size": {"type": "integer", "minimum": 1, "description": "How large.", "nullable": True},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {}},
            "choice": {"anyOf": [{"properties": {"a": {"type": "string"}}}], "x-kubernetes-int-or-string": True},
        },
    }

    assert reduced(schema) == {
        "type": "object",
        "required": ["size"],
        "additionalProperties": False,
        "properties": {
            "size": {"type": ["integer", "null"], "minimum": 1},
            "free": {"type": "object", "properties": {}},
            "choice": {"anyOf": [{"properties": {"a": {"type": "string"}}}]},
        },
    }


KARPENTER = {"chart": "oci://public.ecr.aws/karpenter/karpenter", "version": "1.14.1", "values": {}}


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"settings": {"clusterName": "gpu"}}, []),
        (
            {"settings": {"clustrName": "gpu"}},
            ["values.settings.clustrName: chart karpenter 1.14.1 has no such value; did you mean clusterName?"],
        ),
        ({"controller": {"resources": {"limits": {"memory": "1Gi"}}}}, []),  # a mapping that the chart leaves open
    ],
)
def test_a_charts_values_are_those_that_it_knows(values, faults):
    assert said({**KARPENTER, "values": values}) == faults


def test_values_of_a_version_that_is_not_known_are_not_bound():
    found = {leaf.path: leaf.bound for leaf in leaves({**KARPENTER, "version": "9.9.9", "values": {"a": 1}}, "1.34")}

    assert found["values.a"] is False
    assert said({**KARPENTER, "version": "9.9.9", "values": {"a": 1}}) == []


def test_a_chart_without_a_version_is_told():
    assert said({"chart": "karpenter"}) == [
        "version: a chart is named with its exact version; without one the newest is taken"
    ]


def test_names_of_values_are_those_of_the_chart_and_of_charts_inside_of_it():
    assert names({"image": {"tag": "1"}, "extra": {}, "replicas": 2}) == {
        "image": {"tag": None},
        "extra": None,
        "replicas": None,
    }
    assert merged({"a": {"b": None}}, {"a": {"c": None}, "d": None}) == {"a": {"b": None, "c": None}, "d": None}
    assert charts.names("no-such-chart", "1") is None
