import json
import re

import pytest
from pydantic import ValidationError

from components.kubernetes.kueue import Kueue, KueueArgs, configuration
from components.kubernetes.queues import Queues, check
from tests.components.kubernetes.cluster import PLACE, faults, made

VISION = {"quotas": {"gpu": {"gpus": 4, "borrow": 2, "lend": 3}, "spot": {"gpus": 2}}, "weight": 3}
TEAMS = {"vision": VISION, "training": {"quotas": {"gpu": {"gpus": 2}}, "reclaim": "lower-priority"}}


def registered(teams=TEAMS, **changes):
    args = KueueArgs.model_validate(
        {
            "placement": PLACE,
            "queues": {"teams": teams, **changes},
            "existing_namespaces": {"training": "training"},
        }
    )
    return made(lambda opts: Kueue("gpu-queues", args, opts))


def spec(result, name):
    return result.named(name).inputs["spec"]


def test_queues_are_what_kueues_own_schemas_allow():
    assert faults(registered()) == []


def test_a_team_has_its_gpus_and_what_it_may_borrow_and_lend():
    (group,) = spec(registered(), "gpu-queues-vision-share")["resourceGroups"]

    assert group == {
        "coveredResources": ["nvidia.com/gpu"],
        "flavors": [
            {
                "name": "gpu",
                "resources": [{"name": "nvidia.com/gpu", "nominalQuota": 4, "borrowingLimit": 2, "lendingLimit": 3}],
            },
            {"name": "spot", "resources": [{"name": "nvidia.com/gpu", "nominalQuota": 2}]},
        ],
    }


def test_a_team_gets_back_its_own_as_asked():
    assert spec(registered(), "gpu-queues-training-share")["preemption"] == {
        "reclaimWithinCohort": "LowerPriority",
        "withinClusterQueue": "LowerPriority",
        "borrowWithinCohort": {"policy": "Never"},
    }


def test_only_a_teams_own_namespace_uses_its_share():
    result = registered()

    assert spec(result, "gpu-queues-vision-share")["namespaceSelector"] == {
        "matchLabels": {"mlops-estate/team": "vision"}
    }
    labels = result.named("gpu-queues-vision-namespace").inputs["metadata"]["labels"]
    assert labels["mlops-estate/team"] == "vision"
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_namespace_that_is_there_is_not_made_again():
    result = registered()

    assert "gpu-queues-training-namespace" not in {goal.name for goal in result.goals}
    assert result.named("gpu-queues-training-queue").inputs["metadata"] == {"name": "gpus", "namespace": "training"}


def test_a_flavor_is_a_kind_of_node_whose_taint_its_jobs_tolerate():
    assert spec(registered(), "gpu-queues-flavor-spot") == {
        "nodeLabels": {"mlops-estate/pool": "spot"},
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
    }


def test_gpus_of_nodes_with_further_taints_are_for_jobs_that_tolerate_them():
    args = KueueArgs.model_validate(
        {
            "placement": PLACE,
            "queues": {"teams": TEAMS},
            "taints": {"spot": {"team": {"value": "ml", "effect": "no-execute"}}},
        }
    )
    result = made(lambda opts: Kueue("gpu-queues", args, opts))

    assert faults(result) == []
    assert spec(result, "gpu-queues-flavor-spot")["nodeTaints"] == [
        {"key": "team", "value": "ml", "effect": "NoExecute"}
    ]
    assert "nodeTaints" not in spec(result, "gpu-queues-flavor-gpu")


def test_priorities_are_values_by_name():
    urgent = registered().named("gpu-queues-priority-urgent").inputs

    assert (urgent["kind"], urgent["metadata"], urgent["value"]) == ("WorkloadPriorityClass", {"name": "urgent"}, 1000)


def test_objects_go_before_the_controller_that_lets_them_go():
    result = registered()
    controller = result.named("gpu-queues-kueue").urn

    assert all(
        controller in goal.dependencies for goal in result.goals if goal.type.startswith("kubernetes:kueue.x-k8s.io")
    )
    assert result.named("gpu-queues-flavor-gpu").urn in result.named("gpu-queues-vision-share").dependencies


@pytest.mark.parametrize("strict", [True, False])
def test_jobs_without_a_queue_wait_in_teams_namespaces_only(strict):
    known = json.loads(configuration(Queues.model_validate({"teams": TEAMS, "strict": strict})))

    assert known["manageJobsWithoutQueueName"] is strict
    assert known["managedJobsNamespaceSelector"] == {
        "matchExpressions": [{"key": "mlops-estate/team", "operator": "Exists"}]
    }


@pytest.mark.parametrize(
    ("teams", "said"),
    [
        (
            {"vision": {"quotas": {"gpu": {"gpus": 6}}}, "text": {"quotas": {"gpu": {"gpus": 4}}}},
            "queues: 10 GPUs of gpu are promised (text 4, vision 6), and it has 8 at most",
        ),
        (
            {"vision": {"quotas": {"big": {"gpus": 1}}}},
            "queues.teams.vision.quotas.big: there is no such node group or pool; there are gpu, spot",
        ),
        (
            {"vision": {"quotas": {"gpu": {"gpus": 1, "borrow": 5}}}, "text": {"quotas": {"gpu": {"gpus": 4}}}},
            "queues.teams.vision.quotas.gpu.borrow is 5, and the other teams have 4 GPUs of gpu",
        ),
    ],
)
def test_what_the_cluster_has_not_is_promised_to_nobody(teams, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        check(Queues.model_validate({"teams": teams}), {"gpu": 8, "spot": 4})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"teams": {"kube-system": VISION}}, "teams.kube-system: the namespace is Kubernetes' own"),
        ({"teams": {"Vision": VISION}}, "Vision"),
        ({"teams": {}}, "teams"),
        ({"teams": {"vision": {"quotas": {"gpu": {"gpus": 1, "lend": 2}}}}}, "lend 2 is above gpus 1"),
    ],
)
def test_wrong_queues_are_refused(wrong, said):
    with pytest.raises(ValidationError, match=said):
        Queues.model_validate(wrong)
