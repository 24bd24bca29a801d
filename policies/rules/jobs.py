"""Rules over the jobs that a SageMaker pipeline starts."""

from collections.abc import Iterator

from .models import steps
from .rule import Severity, rule
from .values import Inputs, items, record

PIPELINE = "aws:sagemaker/pipeline:Pipeline"


@rule(
    id="sagemaker-jobs-in-vpc",
    on=PIPELINE,
    title="Jobs run in the private network.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(e)(1)", "ISO27001-A.8.22", "SOC2-CC6.6"),
    fix="Give a training step VpcConfig, a processing step NetworkConfig.VpcConfig; with Subnets and SecurityGroupIds.",
)
def jobs_in_vpc(inputs: Inputs) -> Iterator[str]:
    for name, arguments in _jobs(inputs):
        network = record(arguments.get("VpcConfig") or record(arguments.get("NetworkConfig")).get("VpcConfig"))
        if not (network.get("Subnets") and network.get("SecurityGroupIds")):
            yield f"step {name} runs outside the private network"


@rule(
    id="sagemaker-jobs-encrypted",
    on=PIPELINE,
    title="Volumes and results of jobs are encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Give the step VolumeKmsKeyId and, in its output configuration, KmsKeyId.",
)
def jobs_encrypted(inputs: Inputs) -> Iterator[str]:
    for name, arguments in _jobs(inputs):
        cluster = record(record(arguments.get("ProcessingResources")).get("ClusterConfig"))
        if "VolumeKmsKeyId" not in (cluster or record(arguments.get("ResourceConfig"))):
            yield f"step {name} does not encrypt its volume"
        output = record(arguments.get("OutputDataConfig") or arguments.get("ProcessingOutputConfig"))
        if output and "KmsKeyId" not in output:
            yield f"step {name} does not encrypt what it writes"


@rule(
    id="sagemaker-jobs-bounded",
    on=PIPELINE,
    title="A job that hangs is stopped.",
    severity=Severity.MEDIUM,
    controls=("ISO27001-A.8.6", "SOC2-A1.1"),
    fix="Give the step StoppingCondition.MaxRuntimeInSeconds.",
)
def jobs_bounded(inputs: Inputs) -> Iterator[str]:
    for name, arguments in _jobs(inputs):
        if "MaxRuntimeInSeconds" not in record(arguments.get("StoppingCondition")):
            yield f"step {name} may run for days"


def _jobs(inputs: Inputs) -> Iterator[tuple[str, Inputs]]:
    """Names and arguments of the steps that start a job."""
    for step in steps(inputs):
        if step.get("Type") in ("Training", "Processing"):
            yield str(step.get("Name")), record(step.get("Arguments"))


@rule(
    id="sagemaker-approval-needed",
    on=PIPELINE,
    title="A pipeline registers models for approval; it approves none.",
    severity=Severity.HIGH,
    controls=("SOX-404", "ISO27001-A.8.32", "SOC2-CC8.1"),
    fix="Set ModelApprovalStatus to PendingManualApproval.",
)
def approval_needed(inputs: Inputs) -> Iterator[str]:
    for step in steps(inputs):
        if step.get("Type") != "RegisterModel":
            continue
        for status in items(record(step.get("Arguments")).get("ModelApprovalStatus", "PendingManualApproval")):
            if status != "PendingManualApproval":
                yield f"step {step.get('Name')} registers with status {status}"
