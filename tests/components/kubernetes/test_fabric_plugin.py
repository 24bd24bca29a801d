import pytest
from pydantic import ValidationError

from components.kubernetes.fabric_plugin import FabricPlugin, FabricPluginArgs
from components.kubernetes.options import fabric_plugin
from tests.components.kubernetes.cluster import PLACE, faults, made

IMAGE = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/aws-efa-k8s-device-plugin:v0.5.5"


def plugin(**changes):
    given = {"placement": PLACE, "image": IMAGE, "groups": ["fabric", "block"], "pool_label": "mlops-estate/pool"}
    args = FabricPluginArgs.model_validate({**given, **changes})
    return made(lambda opts: FabricPlugin("gpu-fabric-plugin", args, opts))


def test_it_runs_on_nodes_with_adapters_whatever_their_taints_and_sees_these_folders_only():
    result = plugin()
    template = result.named("gpu-fabric-plugin-daemonset").inputs["spec"]["template"]
    pod = template["spec"]
    (container,) = pod["containers"]
    (term,) = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]

    assert faults(result) == []
    assert term["matchExpressions"] == [{"key": "mlops-estate/pool", "operator": "In", "values": ["block", "fabric"]}]
    assert pod["tolerations"] == [{"operator": "Exists"}]
    assert container["image"] == IMAGE
    assert {each["hostPath"]["path"] for each in pod["volumes"]} == {
        "/var/lib/kubelet/device-plugins",
        "/dev/infiniband",
    }
    assert [each["mountPath"] for each in container["volumeMounts"]] == [
        each["hostPath"]["path"] for each in pod["volumes"]
    ]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert template["metadata"]["annotations"]["mlops-estate/needs-its-node"]


@pytest.mark.parametrize(
    ("changes", "said"), [({"groups": []}, "groups"), ({"image": "eks/aws-efa-k8s-device-plugin"}, "image")]
)
def test_what_it_cannot_run_on_is_refused(changes, said):
    with pytest.raises(ValidationError, match=said):
        plugin(**changes)


def test_ekss_own_copy_is_known_where_its_account_is():
    assert fabric_plugin("eu-west-1") == IMAGE
    assert fabric_plugin("me-central-1") is None
