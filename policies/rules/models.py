"""Rules over what SageMaker hosts and keeps."""

import re
from collections.abc import Iterator

from .declared import DECLARED, declares
from .neighbours import points_at
from .rule import Resource, Severity, Stack, rule, stack_rule
from .values import Inputs, document, items, record

ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
ENDPOINT_CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
MODEL = "aws:sagemaker/model:Model"
CONFIG, COMPONENT = "AWS::SageMaker::EndpointConfig", "AWS::SageMaker::InferenceComponent"
FEATURE_GROUP = "aws:sagemaker/featureGroup:FeatureGroup"
# Instances with a disk of their own encrypt it in hardware, and CreateEndpointConfig refuses a key for them.
OWN_DISK = re.compile(r"ml\.([cmr]\d[a-z]*d|dl1|g4dn|g[5-9]e?|p3dn|p4de?|p5(en?)?|p6(e-gb200|-b[23]00)|trn\d[a-z]*)\.")


@rule(
    id="sagemaker-endpoint-encrypted",
    on=ENDPOINT_CONFIGURATION,
    title="An endpoint's volumes are encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set kmsKeyArn.",
)
def endpoint_encrypted(inputs: Inputs) -> Iterator[str]:
    if "kmsKeyArn" in inputs or serverless(inputs):
        return
    types = [str(each.get("instanceType", "ml.unknown")) for each in items(inputs["productionVariants"])]
    if not all(OWN_DISK.match(each) for each in types):
        yield "kmsKeyArn is not set"


def serverless(inputs: Inputs) -> bool:
    """Whether a configuration is of a serverless endpoint: SageMaker refuses keys, captures and networks for those."""
    variants = items(inputs.get("productionVariants"))
    return len(variants) > 0 and all("serverlessConfig" in each for each in variants)


@rule(
    id="sagemaker-data-captured",
    on=ENDPOINT_CONFIGURATION,
    title="Requests and answers are kept, encrypted, for the monitors and for questions later on.",
    severity=Severity.MEDIUM,
    controls=("GDPR-5", "HIPAA-164.312(b)", "SOX-404", "ISO27001-A.8.16", "SOC2-CC7.2"),
    fix="Set dataCaptureConfig with enableCapture, kmsKeyId and the capture modes Input and Output.",
)
def data_captured(inputs: Inputs) -> Iterator[str]:
    if serverless(inputs):
        return
    capture = record(inputs.get("dataCaptureConfig"))
    if capture.get("enableCapture") is not True:
        yield "data capture is off"
        return
    if "kmsKeyId" not in capture:
        yield "captured data is not encrypted with a key of the customer"
    modes = {str(each.get("captureMode")) for each in items(capture.get("captureOptions"))}
    for missing in sorted({"Input", "Output"} - modes):
        if "InputAndOutput" not in modes:
            yield f"{missing} is not captured"


@stack_rule(
    id="sagemaker-rollback-alarms",
    on=ENDPOINT,
    title="A rollout goes back by itself when an alarm goes off.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(c)(1)", "SOX-404", "ISO27001-A.8.32", "SOC2-CC8.1"),
    fix="Set deploymentConfig.autoRollbackConfiguration.alarms; of inference components, DeploymentConfig of each.",
)
def rollback_alarms(endpoint: Resource, stack: Stack) -> Iterator[str]:
    if any(declares(each, CONFIG) and points_at(endpoint, "endpointConfigName", each) for each in stack.of(DECLARED)):
        return  # only instances: the components on them are rolled back
    rollback = record(record(endpoint.values.get("deploymentConfig")).get("autoRollbackConfiguration"))
    if not len(items(rollback.get("alarms"))):
        yield "no alarm rolls a new version back"


@rule(
    id="sagemaker-answers-encrypted",
    on=ENDPOINT_CONFIGURATION,
    title="What an asynchronous endpoint answers is encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set asyncInferenceConfig.outputConfig.kmsKeyId.",
)
def answers_encrypted(inputs: Inputs) -> Iterator[str]:
    asynchronous = record(inputs.get("asyncInferenceConfig"))
    if asynchronous and "kmsKeyId" not in record(asynchronous.get("outputConfig")):
        yield "answers are not encrypted with a key of the customer"


@stack_rule(
    id="sagemaker-model-in-vpc",
    on=MODEL,
    title="Hosted models live in the private network, but those that only serverless endpoints serve.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(e)(1)", "ISO27001-A.8.22", "SOC2-CC6.6"),
    fix="Set vpcConfig with private subnets and a security group.",
)
def model_in_vpc(model: Resource, stack: Stack) -> Iterator[str]:
    users = [
        each
        for each, property in stack.users(model)
        if each.type == ENDPOINT_CONFIGURATION and property in ("productionVariants", "shadowProductionVariants")
    ]
    copied = [
        each
        for each in stack.of(DECLARED)
        if declares(each, COMPONENT) and model.urn in each.property_dependencies.get("desiredState", ())
    ]
    # What inference components serve lives in the network of their endpoint.
    if (users or copied) and all(serverless(each.values) for each in users):
        return
    network = record(model.values.get("vpcConfig"))
    for name in ("subnets", "securityGroupIds"):
        if name not in network:
            yield f"vpcConfig.{name} is not set"


@rule(
    id="sagemaker-model-registered",
    on=MODEL,
    title="What is hosted comes from the registry, where it was approved.",
    severity=Severity.HIGH,
    controls=("SOX-404", "ISO27001-A.8.32", "SOC2-CC8.1"),
    fix="Set modelPackageName to an approved package instead of an image and an artifact; of a multi-model container, "
    "which takes no package, set modelDataUrl to the prefix `served/` into which approved versions alone are put.",
)
def model_registered(inputs: Inputs) -> Iterator[str]:
    for each in [*items(inputs.get("primaryContainer")), *items(inputs.get("containers"))]:
        if each.get("mode") == "MultiModel":
            if not str(each.get("modelDataUrl")).endswith("/served/"):
                yield "a multi-model container loads what nobody approved"
        elif "modelPackageName" not in each:
            yield "a container is given by image and artifact"


@rule(
    id="sagemaker-features-encrypted",
    on=FEATURE_GROUP,
    title="Features are encrypted with a key of the customer, online and offline.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set kmsKeyId in onlineStoreConfig.securityConfig and in offlineStoreConfig.s3StorageConfig.",
)
def features_encrypted(inputs: Inputs) -> Iterator[str]:
    online, offline = record(inputs.get("onlineStoreConfig")), record(inputs.get("offlineStoreConfig"))
    if online.get("enableOnlineStore") and "kmsKeyId" not in record(online.get("securityConfig")):
        yield "the online store is not encrypted with a key of the customer"
    if offline and "kmsKeyId" not in record(offline.get("s3StorageConfig")):
        yield "the offline store is not encrypted with a key of the customer"


def steps(inputs: Inputs) -> Iterator[Inputs]:
    """The steps of a pipeline's definition, the branches of its conditions included."""
    if inputs.get("pipelineDefinition") is None:
        return
    waiting = list(items(document(inputs["pipelineDefinition"]).get("Steps")))
    while waiting:
        step = waiting.pop(0)
        yield step
        arguments = record(step.get("Arguments"))
        for branch in ("IfSteps", "ElseSteps"):
            waiting += items(arguments.get(branch))
