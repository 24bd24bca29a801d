"""What watches and what operates, in an emulated AWS: created, read back without loss, made again alike, removed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_aws import eks, s3

from components.backup.backups import Backups, BackupsArgs
from components.chaos.experiments import FaultExperiments, FaultExperimentsArgs
from components.costs.anomalies import CostAnomalies, CostAnomaliesArgs
from components.grafana.workspace import GrafanaWorkspace, GrafanaWorkspaceArgs, Saml
from components.monitoring.log_watch import LogWatch, LogWatchArgs
from components.prometheus.cluster_rules import ClusterBounds, cluster_rules
from components.prometheus.scraper import ClusterScraper, ClusterScraperArgs
from components.prometheus.workspace import MetricsWorkspace, MetricsWorkspaceArgs
from components.synthetics.model_canary import Door, ModelCanary, ModelCanaryArgs
from components.synthetics.real_users import RealUsers, RealUsersArgs
from components.tracing.tracing import Tracing, TracingArgs
from estate.cloud import Cloud
from estate.cloud.provider import CloudProvider
from estate.cloud.resources.table import row
from estate.plan.record import record
from stacks import foundation
from stacks.environment import Environment
from stacks.settings import parse
from stacks.upstream import Upstream
from stacks.workloads import read_workloads
from tests.cloud.resources.made import Made

ROOT = Path(__file__).resolve().parents[3]
ACCOUNT, REGION = "444444444444", "eu-west-1"
MINE = (
    "aws:amp",
    "aws:backup",
    "aws:cloudwatch/logAnomalyDetector",
    "aws:cloudwatch/logDataProtectionPolicy",
    "aws:cognito/identityPool",
    "aws:costexplorer",
    "aws:fis",
    "aws:grafana",
    "aws:rum",
    "aws:synthetics",
    "aws:xray",
)
TAGS = {"environment": "watch", "managed-by": "mlops-estate"}
ROW = {"distance_km": 3.2, "items": 2}


def watching(env: Environment, upstream: Upstream, opts: pulumi.ResourceOptions) -> None:
    base = upstream.foundation
    place = env.placement.model_copy(update={"protected": True})
    bucket = s3.Bucket("bucket", bucket=place.named("curated"), opts=opts)
    versions = s3.BucketVersioning(
        "versions", bucket=bucket.bucket, versioning_configuration={"status": "Enabled"}, opts=opts
    )
    key, boundary = base.keys.logs, base.permission_boundary_arn
    subnets = list(base.private_subnet_ids.values())
    cluster = eks.Cluster(
        "gpu",
        name=place.named("gpu"),
        role_arn=base.roles.jobs,
        vpc_config={"subnet_ids": subnets, "security_group_ids": [base.security_groups.models]},
        opts=opts,
    )
    metrics = MetricsWorkspace(
        "metrics",
        MetricsWorkspaceArgs(
            placement=place,
            rules={"cluster": cluster_rules(ClusterBounds())},
            key_arn=key,
            retention_days=90,
            log_retention_days=7,
        ),
        opts,
    )
    ClusterScraper(
        "cluster-metrics",
        ClusterScraperArgs(
            placement=place,
            cluster_arn=cluster.arn,
            workspace_arn=metrics.arn,
            subnet_ids=subnets,
            security_group_ids=[base.security_groups.models],
        ),
        opts,
    )
    grafana: dict[str, Any] = {
        "version": "10.4",
        "metrics_arn": metrics.arn,
        "subnet_ids": subnets,
        "security_group_id": base.security_groups.models,
        "key_arn": key,
        "permission_boundary_arn": boundary,
    }
    saml = Saml(metadata_url="https://idp.example.com/metadata", role_assertion="role", admin_roles=["ml"])
    GrafanaWorkspace("by-saml", GrafanaWorkspaceArgs(placement=place, saml=saml, **grafana), opts)
    Tracing(
        "tracing",
        TracingArgs(
            placement=place,
            services=["a", "b"],
            environment="test",
            sampled_share=0.1,
            sampled_per_second=2,
            key_arn=key,
        ),
        opts,
    )
    RealUsers(
        "console",
        RealUsersArgs(
            placement=place, domain="console.example.com", sampled_share=0.2, permission_boundary_arn=boundary
        ),
        opts,
    )
    ModelCanary(
        "eta-canary",
        ModelCanaryArgs(
            placement=place,
            model="eta",
            code="def handler(*_): pass\n",
            door=Door(
                endpoint="eta", action="sagemaker:InvokeEndpoint", resource=place.arn("sagemaker", "endpoint/eta")
            ),
            row=ROW,
            schedule="rate(5 minutes)",
            slowest_ms=500,
            runtime="syn-python-selenium-14.0",
            bucket=versions.bucket,
            bucket_arn=bucket.arn,
            bucket_key_arn=base.keys.data,
            subnet_ids=subnets,
            security_group_id=base.security_groups.models,
            key_arn=key,
            permission_boundary_arn=boundary,
        ),
        opts,
    )
    operating(env, upstream, bucket, opts)


def operating(env: Environment, upstream: Upstream, bucket: s3.Bucket, opts: pulumi.ResourceOptions) -> None:
    base = upstream.foundation
    place = env.placement.model_copy(update={"protected": True})
    boundary = base.permission_boundary_arn
    Backups(
        "backups",
        BackupsArgs(
            placement=place,
            tags=TAGS,
            bucket_arns=[bucket.arn],
            key_arn=base.keys.data,
            source_key_arns=[base.keys.models],
            permission_boundary_arn=boundary,
            schedule="cron(0 5 ? * * *)",
            keep_days=120,
            cold_after_days=10,
            lock_grace_days=5,
            restore_test="cron(0 6 ? * SUN *)",
        ),
        opts,
    )
    experiments = FaultExperiments(
        "faults",
        FaultExperimentsArgs(
            placement=place,
            experiments=["lost-nodes", "spot-interruption", "zone-cut"],
            minutes=5,
            percent=50,
            cluster=place.named("gpu"),
            subnet_arns=[place.arn("ec2", "subnet/subnet-0123456789abcdef0")],
            alarm_arns=[place.arn("cloudwatch", "alarm:eta-errors")],
            tags=TAGS,
            permission_boundary_arn=boundary,
            log_key_arn=base.keys.logs,
            log_retention_days=7,
        ),
        opts,
    )
    CostAnomalies(
        "costs",
        CostAnomaliesArgs(
            placement=place, environment="watch", scope="environment", least_usd=50, email="ml@example.com"
        ),
        opts,
    )
    group = "/aws/vendedlogs/fis/" + place.named("faults")
    LogWatch(
        "fault-log",
        LogWatchArgs(
            placement=place,
            subject="faults",
            # Any log will do; this one is there.
            group=experiments.templates["zone-cut"].apply(lambda _: group),
            group_arn=experiments.templates["zone-cut"].apply(lambda _: place.arn("logs", f"log-group:{group}")),
            key_arn=base.keys.logs,
            mask=True,
        ),
        opts,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    wanted = parse(
        {
            "environment": "watch",
            "aws": {"account_id": ACCOUNT, "region": REGION},
            "ownership": {"owner": "ml", "email": "ml@example.com", "cost_center": "ml"},
            "foundation": {"network": {"cidr": "10.40.0.0/16", "nat": "single", "interface_endpoints": False}},
            "models": {"delivery-eta": {}},
        }
    )
    env, workloads = Environment.of(wanted), read_workloads(ROOT, wanted)

    def program() -> None:
        opts = env.options(env.provider(None))
        upstream = Upstream(read=lambda layer: pytest.fail(f"{layer} was read before it was made"))
        upstream.add("foundation", foundation.deploy(env, wanted, workloads, upstream, opts))
        watching(env, upstream, opts)

    with Cloud(account_id=ACCOUNT, region=REGION, workdir=tmp_path_factory.mktemp("cloud")) as cloud:
        provider = CloudProvider(cloud.client, ACCOUNT, patience=10)
        yield Made(provider, record(program, provider=provider), MINE)


def test_nothing_that_was_asked_for_is_lost(made: Made) -> None:
    # moto takes a workspace's key and forgets it.
    assert made.lost() == {"aws:amp/workspace:Workspace": {"kmsKeyArn"}}


def test_a_canary_runs_once_it_is_made(made: Made) -> None:
    assert made.reading("eta-canary-canary")["Status"]["State"] == "RUNNING"


def test_a_fault_is_stopped_by_an_alarm_and_hits_what_is_tagged(made: Made) -> None:
    reading = made.reading("faults-lost-nodes")

    assert reading["stopConditions"] == [
        {"source": "aws:cloudwatch:alarm", "value": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:eta-errors"}
    ]
    assert reading["targets"]["hit"]["resourceTags"] == TAGS


def test_backups_of_a_protected_place_cannot_be_deleted_early(made: Made) -> None:
    reading = made.reading("backups-vault-lock")

    assert (reading["Locked"], reading["MinRetentionDays"]) == (True, 120)


def test_all_of_it_can_be_removed(made: Made) -> None:
    """The last test of the module: nothing is there after it."""
    assert {name for name in made.removed() if not row(made.states[name].goal.type).adopted} == set()
