"""Rules over what reaches readers or copies step by step: feature flags, inference components."""

from collections.abc import Iterator

from .declared import DECLARED, state
from .models import COMPONENT, CONFIG, OWN_DISK
from .rule import Severity, rule
from .values import Inputs, items, record

FLAGS = "aws:appconfig/configurationProfile:ConfigurationProfile"
READERS = "aws:appconfig/environment:Environment"
STRATEGY = "aws:appconfig/deploymentStrategy:DeploymentStrategy"


@rule(
    id="flags-encrypted",
    on=FLAGS,
    title="Configurations are encrypted with a key of the customer.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set kmsKeyIdentifier.",
)
def flags_encrypted(inputs: Inputs) -> Iterator[str]:
    if "kmsKeyIdentifier" not in inputs:
        yield "it is not encrypted with a key of the customer"


@rule(
    id="flags-taken-back",
    on=READERS,
    title="Changed flags go back by themselves when an alarm goes off.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(c)(1)", "SOX-404", "ISO27001-A.8.32", "SOC2-CC8.1"),
    fix="Give the environment monitors: alarms on what the flags steer.",
)
def flags_taken_back(inputs: Inputs) -> Iterator[str]:
    if not len(items(inputs.get("monitors"))):
        yield "no alarm takes changed flags back"


@rule(
    id="flags-gradual",
    on=STRATEGY,
    title="Changed flags reach their readers step by step, and are watched.",
    severity=Severity.MEDIUM,
    controls=("SOX-404", "ISO27001-A.8.32", "SOC2-CC8.1"),
    fix="Set growthFactor below 100 with a deploymentDurationInMinutes, or a finalBakeTimeInMinutes.",
)
def flags_gradual(inputs: Inputs) -> Iterator[str]:
    stepwise = inputs.get("growthFactor", 100) < 100 and inputs.get("deploymentDurationInMinutes", 0) > 0
    if not stepwise and not inputs.get("finalBakeTimeInMinutes", 0):
        yield "all readers get them at once, and nobody watches"


@rule(
    id="sagemaker-component-guarded",
    on=DECLARED,
    title="A new release of an inference component goes back by itself when an alarm goes off.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(c)(1)", "SOX-404", "ISO27001-A.8.32", "SOC2-CC8.1"),
    fix="Set DeploymentConfig.AutoRollbackConfiguration.Alarms.",
)
def component_guarded(inputs: Inputs) -> Iterator[str]:
    wanted = state(inputs, COMPONENT)
    if wanted is None:
        return
    deployment = record(wanted.get("DeploymentConfig"))
    if not len(items(record(deployment.get("AutoRollbackConfiguration")).get("Alarms"))):
        yield "no alarm rolls a new version back"


@rule(
    id="sagemaker-component-closed",
    on=DECLARED,
    title="Instances of inference components live in the private network, isolated and encrypted.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(e)(1)", "ISO27001-A.8.22", "SOC2-CC6.6"),
    fix="Set VpcConfig, EnableNetworkIsolation and KmsKeyId (of instances without a disk that encrypts itself).",
)
def component_closed(inputs: Inputs) -> Iterator[str]:
    wanted = state(inputs, CONFIG)
    if wanted is None:
        return
    if not record(wanted.get("VpcConfig")).get("Subnets"):
        yield "VpcConfig.Subnets is not set"
    if wanted.get("EnableNetworkIsolation") is not True:
        yield "EnableNetworkIsolation is not set"
    types = [str(each.get("InstanceType", "ml.unknown")) for each in items(wanted.get("ProductionVariants"))]
    if "KmsKeyId" not in wanted and not all(OWN_DISK.match(each) for each in types):
        yield "KmsKeyId is not set"
