"""Rules over what is spent."""

import re
from collections.abc import Iterator

from .rule import Resource, Severity, Stack, rule, stack_rule
from .values import Inputs, items, record

BUDGET = "aws:budgets/budget:Budget"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
WORKGROUP = "aws:athena/workgroup:Workgroup"
ACCELERATED = re.compile(r"(dl|f|g|gr|inf|p|trn|vt)\d")  # families with GPUs or other accelerators, by EC2's names
MOST_ACCELERATED = 16  # nodes of a group


@rule(
    id="costs-budget-tells",
    on=BUDGET,
    title="A budget tells somebody before it is spent.",
    severity=Severity.MEDIUM,
    controls=("SOX-302", "ISO27001-A.8.6", "SOC2-A1.1"),
    fix="Add a notification with a threshold of at most 100 % and a subscriber.",
)
def budget_tells(inputs: Inputs) -> Iterator[str]:
    told = [
        each
        for each in items(inputs.get("notifications"))
        if "subscriberEmailAddresses" in each or "subscriberSnsTopicArns" in each
    ]
    if not any(each["thresholdType"] == "PERCENTAGE" and each["threshold"] <= 100 for each in told):
        yield "nobody is told before it is spent"


@rule(
    id="costs-nodes-bounded",
    on=NODE_GROUP,
    title="A group of nodes cannot grow without a bound.",
    severity=Severity.LOW,
    controls=("ISO27001-A.8.6", "SOC2-A1.1"),
    fix="Set scalingConfig.maxSize, 50 at most; raise the rule with the quota.",
)
def nodes_bounded(inputs: Inputs) -> Iterator[str]:
    largest = record(inputs.get("scalingConfig")).get("maxSize", 0)
    if largest > 50:
        yield f"scalingConfig.maxSize is {largest}"


@stack_rule(
    id="costs-gpus-bounded",
    on=NODE_GROUP,
    title="What a group of nodes with GPUs can cost has a bound of its own.",
    severity=Severity.MEDIUM,
    controls=("SOX-302", "ISO27001-A.8.6", "SOC2-A1.1"),
    fix=f"Set scalingConfig.maxSize, {MOST_ACCELERATED} at most; raise the rule with the budget.",
)
def gpus_bounded(group: Resource, stack: Stack) -> Iterator[str]:
    largest = record(group.values.get("scalingConfig")).get("maxSize", 0)
    if largest <= MOST_ACCELERATED:
        return
    from_template = group.property_dependencies.get("launchTemplate", ())
    types = list(items(group.values.get("instanceTypes"))) or [
        each.values["instanceType"]
        for each in stack.of(LAUNCH_TEMPLATE)
        if each.urn in from_template and "instanceType" in each.values
    ]
    expensive = sorted({type for type in types if ACCELERATED.match(type)})
    if expensive:
        yield f"scalingConfig.maxSize is {largest}, of {', '.join(expensive)}"


@rule(
    id="queries-bounded",
    on=WORKGROUP,
    title="A query cannot scan without a bound, and its results are encrypted, whatever the client asks for.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.6", "SOC2-A1.1"),
    fix="Set bytesScannedCutoffPerQuery and SSE_KMS for the results; leave enforceWorkgroupConfiguration on.",
)
def queries_bounded(inputs: Inputs) -> Iterator[str]:
    configuration = record(inputs.get("configuration"))
    if "bytesScannedCutoffPerQuery" not in configuration:
        yield "a query may scan everything"
    if configuration.get("enforceWorkgroupConfiguration") is False:
        yield "a client may override the workgroup"
    result = record(configuration.get("resultConfiguration"))
    if record(result.get("encryptionConfiguration")).get("encryptionOption") not in ("SSE_KMS", "CSE_KMS"):
        yield "results are not encrypted with a key of the customer"
