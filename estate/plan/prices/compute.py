"""What instances cost while nobody uses them: node groups, endpoints, brokers."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from estate.plan import desired
from estate.plan.prices.book import HOURS, gpus, price
from estate.plan.prices.parts import Document, Gap, Part, Resource, Resources, cents, charge, number

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
DECLARED_CONFIGURATION = "AWS::SageMaker::EndpointConfig"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
FREE_IOPS, FREE_THROUGHPUT = 3000, 125  # of a gp3 volume; MB/s


@dataclass(frozen=True)
class NodeGroup:
    """Nodes that come and go, and what one of them costs while it is there. Prices are on demand."""

    urn: str
    name: str
    instance_type: str
    capacity: str
    hour: Decimal | None  # US dollars; None where no price is known
    gpus: int | None  # of one node; None where the number is not known
    minimum: Decimal | None
    maximum: Decimal | None

    @property
    def spot(self) -> bool:
        return self.capacity == "SPOT"

    @property
    def gpu_hour(self) -> Decimal | None:
        """US dollars for one GPU and hour; for spot, the most that it can cost."""
        return self.hour / self.gpus if self.hour is not None and self.gpus else None

    def to_json(self) -> dict[str, Any]:
        return {
            "urn": self.urn,
            "name": self.name,
            "instance_type": self.instance_type,
            "capacity": self.capacity,
            "node_hour": float(self.hour) if self.hour is not None else None,
            "gpus": self.gpus,
            "gpu_hour": float(round(self.gpu_hour, 4)) if self.gpu_hour is not None else None,
            "minimum": int(self.minimum) if self.minimum is not None else None,
            "maximum": int(self.maximum) if self.maximum is not None else None,
            "month_at_maximum": self._at_maximum(),
        }

    def _at_maximum(self) -> float | None:
        return cents(self.hour * self.maximum * HOURS) if self.hour is not None and self.maximum is not None else None


def node_group(resource: Resource, resources: Resources) -> NodeGroup:
    instance = _instance_type(resource, resources)
    scaling = resource.block("scalingConfig")
    found = price(f"ec2:{instance}")
    return NodeGroup(
        urn=resource.urn,
        name=resource.name,
        instance_type=instance,
        capacity=str(resource.inputs.get("capacityType") or "ON_DEMAND"),
        hour=found.usd if found is not None else None,
        gpus=gpus(instance),
        minimum=number(scaling.get("minSize")),
        maximum=number(scaling.get("maxSize")),
    )


def _instance_type(resource: Resource, resources: Resources) -> str:
    """The first of the types: on demand, EKS takes them in their order."""
    types = resource.inputs.get("instanceTypes")
    if isinstance(types, list) and types:
        return str(types[0])
    template = resources.named_in(resource, "launchTemplate", TEMPLATE)
    return str((template.inputs.get("instanceType") if template is not None else None) or "t3.medium")  # EKS's default


def nodes(resource: Resource, resources: Resources) -> Iterator[Part]:
    """The nodes that a group never goes below, and their disks."""
    group = node_group(resource, resources)
    if group.minimum is None:
        yield Gap("the group's smallest size is not in the plan")
        return
    if not group.minimum:
        return
    if group.capacity == "ON_DEMAND":
        yield charge(f"ec2:{group.instance_type}", f"nodes {group.instance_type}", group.minimum)
    else:
        kind = "spot" if group.spot else "reserved"
        yield Gap(f"{group.minimum} {kind} nodes {group.instance_type}: there is no list price, on demand is the most")
    template = resources.named_in(resource, "launchTemplate", TEMPLATE)
    mappings = list(template.blocks("blockDeviceMappings")) if template is not None else []
    if not mappings:
        yield Gap("the disks of the nodes are not in the plan")
    for mapping in mappings:
        disk = mapping.get("ebs")
        yield from disks(disk if isinstance(disk, dict) else {}, group.minimum)


def disks(disk: Document, count: Decimal) -> Iterator[Part]:
    """EBS volumes of one kind; of gp3 also what is above its free IOPS and throughput."""
    kind, size = disk.get("volumeType"), number(disk.get("volumeSize"))
    if size is None or kind is None:
        yield Gap("the size or kind of the nodes' disks is not in the plan")
        return
    yield charge(f"ebs-{kind}", f"GB of disk ({kind})", count * size)
    for name, key, free in (
        ("iops", "ebs-gp3-iops", FREE_IOPS),
        ("throughput", "ebs-gp3-throughput", FREE_THROUGHPUT),
    ):
        wanted = number(disk.get(name))
        if kind == "gp3" and wanted is not None and wanted > free:
            yield charge(key, f"{name} above {free:,}", count * (wanted - free))
        elif kind != "gp3" and wanted is not None:
            yield Gap(f"no price is known of the {name} of a disk {kind}")


def endpoint(resource: Resource, resources: Resources) -> Iterator[Part]:
    """The fewest instances of every variant, shadows among them. A serverless variant costs nothing between calls."""
    configuration = resources.named_in(resource, "endpointConfigName", CONFIGURATION)
    if configuration is None:
        floors = _floors(resource, resources)
        if floors is not None:
            yield from floors
            return
        yield Gap("the endpoint's configuration is not in the plan")
        return
    name = resource.inputs.get("name")
    for field in ("productionVariants", "shadowProductionVariants"):
        for variant in configuration.blocks(field):
            yield from _variant(variant, str(name), resources)


def _floors(endpoint: Resource, resources: Resources) -> list[Part] | None:
    """The fewest instances for inference components, whose configuration is declared; None: it has none."""
    named = endpoint.inputs.get("endpointConfigName")
    for each in (other for other in resources if other.type == desired.TYPE):
        state = desired.wanted(DECLARED_CONFIGURATION, each.inputs)
        if state is not None and state.get("EndpointConfigName") == named:
            return [
                charge(f"sagemaker:{variant['InstanceType']}", f"instances {variant['InstanceType']}", least)
                for variant in state["ProductionVariants"]
                if (least := number(variant.get("ManagedInstanceScaling", {}).get("MinInstanceCount")))
            ]
    return None


def _variant(variant: Document, endpoint_name: str, resources: Resources) -> Iterator[Part]:
    called = variant.get("variantName", "variant")
    serverless = variant.get("serverlessConfig")
    if isinstance(serverless, dict):
        kept = number(serverless.get("provisionedConcurrency"))
        if kept:
            size = serverless.get("memorySizeInMb")
            yield Gap(f"no price is known of serverless instances that are kept ready ({called}: {kept} of {size} MB)")
        return
    count = _fewest(variant, f"endpoint/{endpoint_name}/variant/{called}", resources)
    instance = variant.get("instanceType")
    if count is None or not isinstance(instance, str):
        yield Gap(f"the instances of {called} are not in the plan")
        return
    if count:
        yield charge(f"sagemaker:{instance}", f"instances {instance} ({called})", count)


def _fewest(variant: Document, resource_id: str, resources: Resources) -> Decimal | None:
    """As autoscaling leaves them, by whichever means; without any, as many as there are at first."""
    managed = variant.get("managedInstanceScaling")
    if isinstance(managed, dict) and managed.get("status") == "ENABLED":
        return number(managed.get("minInstanceCount"))
    least = resources.smallest(resource_id)
    return least if least is not None else number(variant.get("initialInstanceCount"))


def instance(resource: Resource, resources: Resources) -> Iterator[Part]:
    """One EC2 instance that always runs."""
    kind = resource.inputs.get("instanceType")
    yield charge(f"ec2:{kind}", f"instance {kind}") if kind else Gap("the instance's type is not in the plan")


def reserved(resource: Resource, resources: Resources) -> Iterator[Part]:
    """Capacity that is kept, and billed like running instances whether or not any run."""
    kind, count = resource.inputs.get("instanceType"), number(resource.inputs.get("instanceCount"))
    if count is None or not kind:
        yield Gap("the reserved instances are not in the plan")
        return
    yield charge(f"ec2:{kind}", f"reserved instances {kind}", count)


def brokers(resource: Resource, resources: Resources) -> Iterator[Part]:
    """An MSK cluster with brokers of its own."""
    count, group = number(resource.inputs.get("numberOfBrokerNodes")), resource.block("brokerNodeGroupInfo")
    if count is None:
        yield Gap("the number of brokers is not in the plan")
        return
    kind = group.get("instanceType")
    yield charge(f"msk-{kind}", f"brokers {kind}", count)
    storage = group.get("storageInfo")
    volume = storage.get("ebsStorageInfo") if isinstance(storage, dict) else None
    size = number(volume.get("volumeSize")) if isinstance(volume, dict) else None
    yield (
        charge("msk-storage", "GB of brokers' disks", count * size)
        if size is not None
        else Gap("the size of the brokers' disks is not in the plan")
    )
