"""Rules over HyperPod clusters, which Cloud Control makes: their desired state is CloudFormation's."""

from collections.abc import Iterator, Mapping
from typing import Any

from .declared import DECLARED, state
from .rule import Severity, rule
from .values import Inputs, items, record

CLUSTER = "AWS::SageMaker::Cluster"
MOST = 50  # instances of a group


def _wanted(inputs: Inputs) -> Mapping[str, Any] | None:
    """The desired state of a HyperPod cluster; None for whatever else Cloud Control makes."""
    return state(inputs, CLUSTER)


@rule(
    id="hyperpod-encrypted",
    on=DECLARED,
    title="All volumes of HyperPod's instances are encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Give every instance group an EbsVolumeConfig with VolumeKmsKeyId for its volume and one with RootVolume.",
)
def encrypted(inputs: Inputs) -> Iterator[str]:
    wanted = _wanted(inputs)
    for group in items(wanted.get("InstanceGroups")) if wanted is not None else ():
        volumes = [record(each.get("EbsVolumeConfig")) for each in items(group.get("InstanceStorageConfigs"))]
        for root, name in ((True, "root volume"), (False, "further volume")):
            if not any(each.get("RootVolume", False) is root and "VolumeKmsKeyId" in each for each in volumes):
                yield f"instance group {group.get('InstanceGroupName')}: its {name} has no key of the customer"


@rule(
    id="hyperpod-private",
    on=DECLARED,
    title="HyperPod's instances stand in the customer's network.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(e)(1)", "ISO27001-A.8.22", "SOC2-CC6.6"),
    fix="Set VpcConfig with Subnets and SecurityGroupIds.",
)
def private(inputs: Inputs) -> Iterator[str]:
    wanted = _wanted(inputs)
    if wanted is not None and not items(record(wanted.get("VpcConfig")).get("Subnets")):
        yield "VpcConfig.Subnets is not set"


@rule(
    id="hyperpod-recovers",
    on=DECLARED,
    title="HyperPod replaces instances that fail.",
    severity=Severity.LOW,
    controls=("ISO27001-A.8.16", "SOC2-A1.1", "SOC2-CC7.3"),
    fix="Set NodeRecovery to Automatic.",
)
def recovers(inputs: Inputs) -> Iterator[str]:
    wanted = _wanted(inputs)
    if wanted is not None and wanted.get("NodeRecovery") != "Automatic":
        yield f"NodeRecovery is {wanted.get('NodeRecovery', 'not set')}"


@rule(
    id="hyperpod-bounded",
    on=DECLARED,
    title="A group of HyperPod's instances cannot be asked for without a bound.",
    severity=Severity.LOW,
    controls=("ISO27001-A.8.6", "SOC2-A1.1"),
    fix=f"Ask for {MOST} instances a group at most; raise the rule with the quota.",
)
def bounded(inputs: Inputs) -> Iterator[str]:
    wanted = _wanted(inputs)
    for group in items(wanted.get("InstanceGroups")) if wanted is not None else ():
        if group.get("InstanceCount", 0) > MOST:
            yield f"instance group {group.get('InstanceGroupName')} has {group['InstanceCount']} instances"
