"""Rules over what must not get lost, or grow, or go, by a mistake."""

from collections.abc import Iterator

from .rule import Resource, Severity, Stack, rule, stack_rule
from .values import Inputs

# What holds what cannot be made again from the program.
STATE = (
    "aws:amp/workspace:Workspace",
    "aws:backup/vault:Vault",
    "aws:cloudtrail/trail:Trail",
    "aws:cognito/userPool:UserPool",
    "aws:dynamodb/table:Table",
    "aws:ecr/repository:Repository",
    "aws:fsx/lustreFileSystem:LustreFileSystem",
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
    "aws:sagemaker/featureGroup:FeatureGroup",
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer",
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
)
PROVIDER = "pulumi:providers:aws"
TARGET = "aws:appautoscaling/target:Target"
MOST = 50  # instances or copies of one endpoint
# Where data may lie: the European Union, and the United States for what is not of Europe. A fork edits this list.
REGIONS = frozenset(
    {
        "eu-central-1",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
        "eu-west-3",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)


@stack_rule(
    id="state-protected",
    on=STATE,
    title="What cannot be made again is not deleted by a change of the program.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.308(a)(7)", "SOX-802", "ISO27001-A.8.13", "SOC2-A1.2"),
    fix="Set protect among the resource's options.",
)
def state_protected(resource: Resource, stack: Stack) -> Iterator[str]:
    if not resource.protect:
        yield "its deletion is not refused"


@rule(
    id="scaling-bounded",
    on=TARGET,
    title="What scales by itself has a bound.",
    severity=Severity.MEDIUM,
    controls=("ISO27001-A.8.6", "SOC2-A1.1"),
    fix=f"Set maxCapacity, {MOST} at most; raise the rule with the quota.",
)
def scaling_bounded(inputs: Inputs) -> Iterator[str]:
    if inputs["maxCapacity"] > MOST:
        yield f"maxCapacity is {inputs['maxCapacity']}"


@rule(
    id="regions-allowed",
    on=PROVIDER,
    title="Data lies where the law allows it.",
    severity=Severity.HIGH,
    controls=("GDPR-44", "ISO27001-A.5.9", "SOC2-CC6.1"),
    fix=f"Set the provider's region to one of {', '.join(sorted(REGIONS))}; the list is in rules/protection.py.",
)
def regions_allowed(inputs: Inputs) -> Iterator[str]:
    region = inputs.get("region")
    if region is None:
        yield "region is left to whoever runs the program"
    elif region not in REGIONS:
        yield f"region is {region}"
