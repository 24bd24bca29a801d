"""What monitoring and operations refuse, each with its own message."""

import pytest
from pulumi import ResourceOptions

from contracts.outputs import ServingOutputs
from contracts.workload import WorkloadError
from stacks import synthetics
from stacks.environment import Environment
from stacks.settings import SettingsError, parse
from stacks.upstream import Upstream
from tests.stacks.conftest import BASE, release, small_workload

CLUSTER = {"cluster": {}}
FARE = {"ride-fare": release("ride-fare"), "ride-risk": {}}
CANARY = {"through": "endpoint", "row": {"distance": 3}}
SAML = {"metadata_url": "https://idp.example.com/m", "admin_roles": ["ml"]}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"models": FARE, "monitoring": {"canaries": {"ride-fare": {"row": {"distance": 3}}}}},
            "monitoring.canaries.ride-fare goes through the api, and there is no serving.api",
        ),
        (
            {
                "models": FARE,
                "serving": {
                    "api": {"authorization": "jwt", "jwt": {"issuer": "https://a.example.com", "audience": ["m"]}}
                },
                "monitoring": {"canaries": {"ride-fare": {"row": {"distance": 3}}}},
            },
            "signs its requests as an AWS identity, and serving.api.authorization is jwt",
        ),
        (
            {"monitoring": {"canaries": {"tips": CANARY}}},
            "monitoring.canaries.tips: no such model; there are ride-fare, ride-risk",
        ),
        (
            {"monitoring": {"prometheus": {}}},
            "monitoring.prometheus.scrape_cluster has no cluster to scrape: set training.cluster, or false",
        ),
        (
            {
                "training": CLUSTER,
                "monitoring": {"prometheus": {}},
                "models": {"ride-fare": {"slos": {"fast": {"kind": "latency", "objective": 99, "latency_ms": 123}}}},
            },
            "models.ride-fare.slos.fast: latency_ms 123 cannot be counted by monitoring.prometheus; allowed there are",
        ),
        ({"monitoring": {"managed_grafana": {"authentication": "saml"}}}, "authentication saml needs saml"),
        (
            {"monitoring": {"managed_grafana": {"authentication": "identity-center"}}},
            "authentication identity-center needs admin_groups",
        ),
        (
            {"monitoring": {"managed_grafana": {"authentication": "identity-center", "saml": SAML}}},
            "saml is for authentication saml",
        ),
        ({"monitoring": {"managed_grafana": {}}}, "monitoring.managed_grafana.authentication: is required"),
        ({"operations": {"idle": {"schedule": "cron(0 20 * * ?)"}}}, "has 5 fields; cron has 6"),
        (
            {"operations": {"idle": {"schedule": "cron(*/5 * * * ? *)"}}},
            "runs more than once an hour; once an hour is enough",
        ),
        ({"operations": {"idle": {"schedule": "rate(1 hour)"}}}, "operations.idle.schedule: must match"),
        (
            {"operations": {"idle": {"kinds": ["node-groups"]}}},
            "operations.idle.kinds has node-groups, and there is no training.cluster",
        ),
        (
            {"operations": {"idle": {"kinds": ["apps"]}}},
            "operations.idle.kinds has apps, and there is no training.studio",
        ),
        (
            {"operations": {"idle": {"kinds": ["endpoints"], "delete_endpoints": True}}, "tier": "staging"},
            "operations.idle.delete_endpoints is for sandboxes; an endpoint of staging is never deleted",
        ),
        (
            {"training": CLUSTER, "operations": {"idle": {"kinds": ["node-groups"], "delete_endpoints": True}}},
            "delete_endpoints needs endpoints among kinds",
        ),
        (
            {"operations": {"cost_anomalies": {"monitor_arn": "default"}}},
            "operations.cost_anomalies.monitor_arn: must match",
        ),
        (
            {
                "operations": {
                    "cost_anomalies": {"monitor_arn": "arn:aws:ce::123456789012:anomalymonitor/a", "scope": "account"}
                }
            },
            "scope is of a monitor that is made; the one of monitor_arn has its own",
        ),
        (
            {"operations": {"faults": {"experiments": ["lost-nodes"]}}},
            "there is no training.cluster with nodes to lose",
        ),
        ({"operations": {"faults": {"experiments": ["zone-cut", "zone-cut"]}}}, "experiments names zone-cut twice"),
        (
            {"operations": {"backup": {"keep_days": 60, "cold_after_days": 30}}},
            "keep_days 60 is below cold_after_days 30 plus 90",
        ),
        ({"operations": {"backup": {"lock": {}}}}, "operations.backup.lock is for good: a sandbox"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_own_message(changes, says):
    with pytest.raises(SettingsError) as error:
        parse({**BASE, **changes})

    assert says in str(error.value)


def test_a_canary_that_sends_other_features_is_refused():
    wrong = parse({**BASE, "models": FARE, "monitoring": {"canaries": {"ride-fare": {**CANARY, "row": {"way": 3}}}}})
    workloads = {"ride-fare": small_workload("ride-fare")}
    upstream = Upstream(read=lambda _: ServingOutputs.model_construct(endpoints={}))

    with pytest.raises(WorkloadError, match="exactly the features of the workload; differs in distance, way"):
        synthetics.canaries(Environment.of(wrong), wrong, workloads, upstream, ResourceOptions())
