"""What an estate costs: exact sums of small estates, what is not known, and what a change adds."""

import json
import random
from decimal import Decimal
from typing import Any

import pytest

from estate.plan.cost import NO_ROW, Cost, cost_change, cost_of
from estate.plan.prices.table import STANDING

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def thing(type: str, name: str = "thing", layer: str = "layer", **inputs: Any) -> dict[str, Any]:
    """A resource as a plan has it. `needs` are its property dependencies."""
    needs = inputs.pop("needs", {})
    return {
        "urn": f"urn:pulumi:dev::small::{type}::{name}",
        "type": type,
        "name": name,
        "layer": layer,
        "inputs": inputs,
        "resolved": inputs,
        "propertyDependencies": needs,
    }


def idle(*resources: dict[str, Any]) -> str:
    return f"{cost_of(resources).idle:.4f}"


def gaps(cost: Cost) -> list[str]:
    return [why for line in cost.lines for why in line.gaps]


NODES = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = thing(
    "aws:ec2/launchTemplate:LaunchTemplate",
    blockDeviceMappings=[{"ebs": {"volumeSize": 30, "volumeType": "gp3"}}],
)
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
CONFIG_TYPE = "AWS::SageMaker::EndpointConfig"


def group(minimum: object = 2, instance: str = "t3.large", capacity: str = "ON_DEMAND") -> dict[str, Any]:
    scaling = {"minSize": minimum, "maxSize": 4, "desiredSize": minimum}
    needs = {"launchTemplate": [TEMPLATE["urn"]]}
    return thing(NODES, scalingConfig=scaling, instanceTypes=[instance], capacityType=capacity, needs=needs)


def served(*variants: dict[str, Any], shadows: tuple[dict[str, Any], ...] = ()) -> list[dict[str, Any]]:
    configuration = thing(CONFIGURATION, productionVariants=list(variants), shadowProductionVariants=list(shadows))
    return [configuration, thing(ENDPOINT, name="e", needs={"endpointConfigName": [configuration["urn"]]}) | {}]


def variant(name: str = "AllTraffic", count: int = 1, instance: str = "ml.m5.large", **more: Any) -> dict[str, Any]:
    return {"variantName": name, "initialInstanceCount": count, "instanceType": instance, **more}


@pytest.mark.parametrize(
    ("resource", "usd"),
    [
        (thing("aws:kms/key:Key"), "1.0000"),
        (thing("aws:eks/cluster:Cluster"), "73.0000"),
        (thing("aws:ec2/natGateway:NatGateway"), "32.8500"),
        (thing("aws:ec2/eip:Eip"), "3.6500"),
        (thing("aws:ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Interface", subnetIds=["a", "b", "c"]), "21.9000"),
        (thing("aws:ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Gateway"), "0.0000"),
        (thing("aws:cloudwatch/dashboard:Dashboard"), "3.0000"),
        (thing("aws:cloudwatch/compositeAlarm:CompositeAlarm"), "0.5000"),
        (thing("aws:cloudwatch/metricAlarm:MetricAlarm", period=60), "0.1000"),
        (thing("aws:cloudwatch/metricAlarm:MetricAlarm", period=10), "0.3000"),
        (
            thing(
                "aws:cloudwatch/metricAlarm:MetricAlarm",
                metricQueries=[{"expression": "a/b"}, {"metric": {"period": 60}}, {"metric": {"period": 60}}],
            ),
            "0.2000",
        ),
        (
            thing(
                "aws:cloudwatch/metricAlarm:MetricAlarm",
                thresholdMetricId="band",
                metricQueries=[{"expression": "ANOMALY_DETECTION_BAND(m)"}, {"metric": {"period": 300}}],
            ),
            "0.3000",
        ),
        (thing("aws:kinesis/stream:Stream", streamModeDetails={"streamMode": "ON_DEMAND"}), "29.2000"),
        (thing("aws:kinesis/stream:Stream", shardCount=2), "21.9000"),
        (thing("aws:dynamodb/table:Table", billingMode="PAY_PER_REQUEST"), "0.0000"),
        (thing("aws:dynamodb/table:Table", readCapacity=30, writeCapacity=20), "12.3370"),
        (thing("aws:secretsmanager/secret:Secret"), "0.4000"),
        (thing("aws:wafv2/webAcl:WebAcl", rules=[{"name": "a"}, {"name": "b"}]), "7.0000"),
        (thing("aws:ssm/parameter:Parameter", tier="Standard"), "0.0000"),
        (thing("aws:ssm/parameter:Parameter", tier="Advanced"), "0.0500"),
        (thing("aws:synthetics/canary:Canary", startCanary=True, schedule={"expression": "rate(1 hour)"}), "0.8760"),
        (thing("aws:synthetics/canary:Canary", startCanary=False), "0.0000"),
        (
            thing(
                "aws:fsx/lustreFileSystem:LustreFileSystem",
                deploymentType="PERSISTENT_2",
                perUnitStorageThroughput=125,
                storageCapacity=1200,
            ),
            "174.0000",
        ),
        (
            thing(
                "aws:msk/cluster:Cluster",
                numberOfBrokerNodes=2,
                brokerNodeGroupInfo={
                    "instanceType": "kafka.t3.small",
                    "storageInfo": {"ebsStorageInfo": {"volumeSize": 100}},
                },
            ),
            "86.5760",
        ),
        (thing("aws:ec2/instance:Instance", instanceType="t3.large"), "60.7360"),
        (
            thing("aws:ec2/capacityReservation:CapacityReservation", instanceType="t3.large", instanceCount=2),
            "121.4720",
        ),
        (thing("kubernetes:core/v1:Service", spec={"type": "LoadBalancer"}), "16.4250"),
        (thing("kubernetes:core/v1:Service", spec={"type": "ClusterIP"}), "0.0000"),
    ],
)
def test_a_resource_costs_its_list_price_all_month(resource, usd):
    cost = cost_of([resource])

    assert f"{cost.idle:.4f}" == usd
    assert not cost.unknown


@pytest.mark.parametrize(("support", "told"), [("STANDARD", 0), ("EXTENDED", 1)])
def test_a_cluster_that_may_grow_old_says_what_that_costs(support, told):
    cost = cost_of([thing("aws:eks/cluster:Cluster", upgradePolicy={"supportType": support})])

    assert f"{cost.idle:.2f}" == "73.00"
    assert [gap for gap in cost.unknown if "0.60 USD an hour" in str(gap)] == list(cost.unknown)
    assert len(cost.unknown) == told


@pytest.mark.parametrize(("spec", "told"), [({}, 1), ({"volumeName": "lake"}, 0)])
def test_a_claim_on_a_volume_that_is_there_makes_no_disk(spec, told):
    assert len(cost_of([thing("kubernetes:core/v1:PersistentVolumeClaim", spec=spec)]).unknown) == told


def test_a_node_group_costs_its_smallest_size_and_the_disks():
    # 2 nodes at 0.0832 an hour, and 2 disks of 30 GB at 0.08
    assert idle(TEMPLATE, group(2)) == "126.2720"
    assert idle(TEMPLATE, group(0)) == "0.0000"


def test_a_fast_disk_costs_what_is_above_the_free_iops_and_throughput():
    disk = {"volumeSize": 100, "volumeType": "gp3", "iops": 4000, "throughput": 225}
    template = {**TEMPLATE, "resolved": {"blockDeviceMappings": [{"ebs": disk}]}}

    # 8 for 100 GB, 5 for 1,000 IOPS and 4 for 100 MB/s more than is free
    assert idle(template, group(1)) == f"{Decimal('60.736') + 17:.4f}"


def test_spot_nodes_have_no_list_price():
    cost = cost_of([TEMPLATE, group(2, "g5.xlarge", "SPOT")])

    assert gaps(cost) == ["2 spot nodes g5.xlarge: there is no list price, on demand is the most"]
    assert f"{cost.idle:.2f}" == "4.80"  # the disks


@pytest.mark.parametrize(
    ("instance", "gpus", "gpu_hour"), [("g5.xlarge", 1, "1.006"), ("g5.48xlarge", 8, "2.036"), ("t3.large", 0, None)]
)
def test_a_gpu_hour_is_the_nodes_price_by_its_gpus(instance, gpus, gpu_hour):
    (found,) = cost_of([TEMPLATE, group(0, instance)]).node_groups

    assert (found.gpus, found.gpu_hour) == (gpus, Decimal(gpu_hour) if gpu_hour is not None else None)
    assert (found.minimum, found.maximum) == (0, 4)


def test_an_endpoint_costs_every_variant_and_its_shadow():
    resources = served(variant(count=2), variant("Challenger", instance="ml.m5.xlarge"), shadows=(variant("Shadow"),))

    assert idle(*resources) == f"{(2 * Decimal('0.115') + Decimal('0.23') + Decimal('0.115')) * 730:.4f}"


@pytest.mark.parametrize(("least", "usd"), [(3, "251.8500"), (0, "0.0000")])
def test_autoscaling_says_how_few_instances_an_endpoint_has(least, usd):
    target = thing(
        "aws:appautoscaling/target:Target", resourceId="endpoint/thing/variant/AllTraffic", minCapacity=least
    )
    configuration, endpoint = served(variant(count=1))
    endpoint["resolved"] = {"name": "thing"}

    assert idle(configuration, endpoint, target) == usd


def test_managed_scaling_to_zero_costs_nothing():
    scaling = {"status": "ENABLED", "minInstanceCount": 0, "maxInstanceCount": 2}
    assert idle(*served(variant(count=1, managedInstanceScaling=scaling))) == "0.0000"


def test_a_serverless_endpoint_costs_nothing_between_calls():
    cost = cost_of(served({"variantName": "AllTraffic", "serverlessConfig": {"maxConcurrency": 5}}))

    assert (cost.idle, cost.unknown) == (0, {})
    assert [line.kind for line in cost.lines] == ["free", "use"]


@pytest.mark.parametrize(
    ("resources", "why"),
    [
        ([thing("aws:nobody/heard:Of")], NO_ROW),
        ([thing("datadog:index/monitor:Monitor") | {"provider": "urn:provider::id"}], NO_ROW),
        (served(variant(instance="ml.p5.48xlarge")), "no price is known of instances ml.p5.48xlarge (AllTraffic)"),
        (
            served({"variantName": "A", "serverlessConfig": {"provisionedConcurrency": 2, "memorySizeInMb": 1024}}),
            "no price is known of serverless instances that are kept ready (A: 2 of 1024 MB)",
        ),
        ([TEMPLATE, group(UNKNOWN)], "the group's smallest size is not in the plan"),
        ([TEMPLATE, group(1, "x99.large")], "no price is known of nodes x99.large"),
        (
            [thing("aws:ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Interface", subnetIds=UNKNOWN)],
            "the zones of the endpoint are not in the plan",
        ),
        (
            [thing("aws:synthetics/canary:Canary", startCanary=True, schedule={"expression": "cron(0 9 * * ? *)"})],
            "how often the canary runs cannot be told from its schedule",
        ),
        (
            [thing("aws:cloudcontrol/resource:Resource", typeName=CONFIG_TYPE, desiredState=UNKNOWN), thing(ENDPOINT)],
            "the endpoint's configuration is not in the plan",
        ),
        (
            [thing("aws:cloudcontrol/resource:Resource", typeName="AWS::Omics::Workflow", desiredState="{}")],
            "how AWS::Omics::Workflow is billed is not known",
        ),
    ],
)
def test_what_has_no_known_price_is_said_and_not_guessed(resources, why):
    cost = cost_of(resources)

    assert why in gaps(cost)
    assert [line.kind for line in cost.lines if line.gaps] == ["unknown"]


def test_types_and_layers_are_told_apart():
    cost = cost_of(
        [
            thing("aws:kms/key:Key", layer="foundation"),
            thing("aws:cloudwatch/dashboard:Dashboard", layer="monitoring"),
            thing("aws:s3/bucket:Bucket", layer="data"),
            thing("aws:iam/role:Role", layer="foundation"),
            thing("estate:network:Network", layer="foundation"),
        ]
    )

    assert dict(cost.by_layer) == {"monitoring": 3, "foundation": 1, "data": 0}
    assert [len(cost.of(kind)) for kind in ("standing", "use", "free", "unknown")] == [2, 1, 1, 0]


def test_a_budget_below_the_idle_cost_is_warned_of():
    budget = thing("aws:budgets/budget:Budget", budgetType="COST", timeUnit="MONTHLY", limitAmount="50")

    assert cost_of([budget]).warnings == ()
    assert cost_of([budget, thing("aws:eks/cluster:Cluster")]).warnings == (
        "the budget thing of 50 USD a month is below the idle cost, 73.00 USD",
    )


def test_another_region_is_told_that_prices_differ():
    provider = thing("pulumi:providers:aws", region="eu-west-1")
    assert (cost_of([provider]).region, cost_of([provider]).elsewhere) == ("eu-west-1", True)


def test_a_change_costs_what_it_adds_and_saves():
    key, renamed = thing("aws:kms/key:Key"), thing("aws:kms/key:Key", "other")
    base = [key, thing("aws:ec2/natGateway:NatGateway"), TEMPLATE, group(1)]
    head = [renamed, TEMPLATE, group(2), thing("aws:nobody/heard:Of")]

    change = cost_change(base, head, {key["urn"]: renamed["urn"]})

    assert f"{change.monthly:+.3f}" == "+30.286"
    assert [(step.type, f"{step.monthly:+.3f}", step.gaps) for step in change.steps] == [
        (NODES, "+63.136", ()),
        ("aws:ec2/natGateway:NatGateway", "-32.850", ()),
        ("aws:nobody/heard:Of", "+0.000", (NO_ROW,)),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_adding_a_resource_never_lowers_the_total(seed):
    """Except for a target of autoscaling, which says that fewer instances are enough."""
    resources = [TEMPLATE, group(2), *served(variant(count=2))]
    resources += [thing(type, f"one-{number}") for number, type in enumerate(sorted(STANDING))]
    random.Random(seed).shuffle(resources)  # noqa: S311
    totals = [cost_of(resources[:count]).idle for count in range(len(resources) + 1)]

    assert totals == sorted(totals)
    assert totals[-1] > 100


def test_the_json_names_the_source_of_every_price():
    written = json.loads(json.dumps(cost_of([thing("aws:kms/key:Key")]).to_json()))

    assert written["idle_monthly"] == 1.0
    (charged,) = written["resources"][0]["charges"]
    assert charged["price"]["source"] == "https://aws.amazon.com/kms/pricing/"
    assert written["prices_dated"] == ["2026-03-14", "2026-03-14"]
