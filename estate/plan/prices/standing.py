"""What the rest costs while nobody uses it: network, keys, alarms, storage of a fixed size."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from estate.plan import desired
from estate.plan.prices.book import HOURS, price
from estate.plan.prices.parts import Gap, Part, Resource, Resources, charge, number

Reader = Callable[[Resource, Resources], Iterator[Part]]
FAST = 60  # seconds: a metric with a shorter period is one of high resolution
BAND = 3  # an alarm on a learnt band watches the metric and both bounds of the band
EVERY = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
HYPERPOD = "AWS::SageMaker::Cluster"
MINUTES = {"minute": 1, "hour": 60, "day": 1440}


def flat(key: str, what: str) -> Reader:
    """One unit, whatever the inputs are."""

    def read(resource: Resource, resources: Resources) -> Iterator[Part]:
        yield charge(key, what)

    return read


def gap(why: str) -> Reader:
    """Something that is billed all the time at a price that is not known."""

    def read(resource: Resource, resources: Resources) -> Iterator[Part]:
        yield Gap(why)

    return read


def when(name: str, values: tuple[object, ...], then: Reader) -> Reader:
    """Only where the input `name` has one of the values."""

    def read(resource: Resource, resources: Resources) -> Iterator[Part]:
        if resource.inputs.get(name) in values:
            yield from then(resource, resources)

    return read


def vpc_endpoint(resource: Resource, resources: Resources) -> Iterator[Part]:
    """An interface in each zone; gateways are free."""
    kind = resource.inputs.get("vpcEndpointType", "Gateway")
    if kind == "Gateway":
        return
    subnets = resource.inputs.get("subnetIds")
    if kind != "Interface":
        yield Gap(f"no price is known of endpoints of the kind {kind}")
    elif isinstance(subnets, list) and subnets:
        yield charge("interface-endpoint", "zones with an interface", len(subnets))
    else:
        yield Gap("the zones of the endpoint are not in the plan")


def metric_alarm(resource: Resource, resources: Resources) -> Iterator[Part]:
    """Billed by the metrics that the alarm reads, those of an expression each."""
    queries = list(resource.blocks("metricQueries"))
    metrics = [each["metric"] for each in queries if isinstance(each.get("metric"), dict)]
    periods = [number(each.get("period")) for each in metrics] or [number(resource.inputs.get("period"))]
    count = max(1, len(metrics)) if queries else 1
    if resource.inputs.get("thresholdMetricId") is not None:
        count *= BAND
    if any("SELECT " in str(each.get("expression", "")) for each in queries):
        yield Gap("an alarm on a Metrics Insights query is billed by the metrics that the query finds")
        return
    fast = any(period is not None and period < FAST for period in periods)
    yield charge("alarm-metric-fast" if fast else "alarm-metric", "metrics with an alarm", count)


def kinesis(resource: Resource, resources: Resources) -> Iterator[Part]:
    if resource.block("streamModeDetails").get("streamMode") == "ON_DEMAND":
        yield charge("kinesis-on-demand", "stream on demand")
        return
    shards = number(resource.inputs.get("shardCount"))
    yield charge("kinesis-shard", "shards", shards) if shards is not None else Gap("the shards are not in the plan")


def dynamodb(resource: Resource, resources: Resources) -> Iterator[Part]:
    """Nothing on demand; provisioned capacity of the table and of its global indexes."""
    if resource.inputs.get("billingMode") == "PAY_PER_REQUEST":
        return
    for where in (resource.inputs, *resource.blocks("globalSecondaryIndexes")):
        for name, key, what in (
            ("readCapacity", "dynamodb-read", "read capacity units"),
            ("writeCapacity", "dynamodb-write", "write capacity units"),
        ):
            units = number(where.get(name))
            yield charge(key, what, units) if units is not None else Gap(f"the {what} are not in the plan")


def web_acl(resource: Resource, resources: Resources) -> Iterator[Part]:
    """The list and each of its rules; what some managed rule groups ask for besides is not in it."""
    yield charge("web-acl", "web ACL")
    rules = len(list(resource.blocks("rules")))
    if rules:
        yield charge("web-acl-rule", "rules", rules)
    if "AWSManagedRulesBotControlRuleSet" in str(resource.inputs) or "FraudControl" in str(resource.inputs):
        yield Gap("no price is known of the bot and fraud control rule groups")


def kubernetes(resource: Resource, resources: Resources) -> Iterator[Part]:
    """The control plane. Without another policy, AWS lets it slide into extended support when its version is old."""
    yield charge("eks-cluster", "cluster in standard support")
    if resource.block("upgradePolicy").get("supportType") == "EXTENDED":
        more = price("eks-extended-support")
        if more is not None:
            yield Gap(f"{more.usd} USD an hour instead, from when its version leaves standard support")


def lustre(resource: Resource, resources: Resources) -> Iterator[Part]:
    size, throughput = number(resource.inputs.get("storageCapacity")), resource.inputs.get("perUnitStorageThroughput")
    kind = str(resource.inputs.get("deploymentType") or "SCRATCH_1")
    if size is None:
        yield Gap("the size of the file system is not in the plan")
    elif kind == "PERSISTENT_2":
        yield charge(f"lustre-persistent-{throughput}", f"GB of Lustre (persistent, {throughput} MB/s per TiB)", size)
    else:
        yield Gap(f"no price is known of Lustre file systems of the kind {kind}")


def canary(resource: Resource, resources: Resources) -> Iterator[Part]:
    """A canary runs by the clock, whether or not anybody else calls the endpoint."""
    if resource.inputs.get("startCanary") is not True:
        return
    rate = EVERY.fullmatch(str(resource.block("schedule").get("expression", "")))
    if rate is None or not int(rate[1]):
        yield Gap("how often the canary runs cannot be told from its schedule")
        return
    minutes = int(rate[1]) * MINUTES[rate[2]]
    yield charge("canary-run", "runs", Decimal(HOURS * 60) / minutes)


def cloud_control(resource: Resource, resources: Resources) -> Iterator[Part]:
    """Resources that CloudFormation knows and the provider does not."""
    kind = str(resource.inputs.get("typeName"))
    if kind in ("AWS::SageMaker::InferenceComponent", "AWS::SageMaker::EndpointConfig"):
        return  # it runs on its endpoint's instances, which are priced there
    if kind in ("AWS::ECR::SigningConfiguration", "AWS::SageMaker::Domain", "AWS::SageMaker::UserProfile"):
        return  # a domain's apps and disks are billed by use, signatures as what they take in their repository
    if kind == HYPERPOD:
        yield from _hyperpod(resource)
        return
    yield Gap(f"how {kind} is billed is not known")


def _hyperpod(resource: Resource) -> Iterator[Part]:
    wanted = desired.wanted(HYPERPOD, resource.inputs)
    groups = wanted.get("InstanceGroups") if wanted is not None else None
    if not isinstance(groups, list):
        yield Gap("the instance groups of the HyperPod cluster are not in the plan")
        return
    for group in groups:
        count = number(group.get("InstanceCount"))
        if count != 0:
            yield Gap(f"no price is known of HyperPod's {group.get('InstanceType')} ({count} of them)")


def claimed(resource: Resource, resources: Resources) -> Iterator[Part]:
    """A claim makes a disk, but for one that names a volume: what stands behind that is priced where it is made."""
    if not resource.block("spec").get("volumeName"):
        yield Gap("the disk behind a claim is not in the plan")


def load_balanced(resource: Resource, resources: Resources) -> Iterator[Part]:
    """A service of Kubernetes that asks AWS for a load balancer."""
    if resource.block("spec").get("type") == "LoadBalancer":
        yield charge("load-balancer", "load balancer")
