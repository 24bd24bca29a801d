"""Rules over what is spent."""

from collections.abc import Iterator

from .rule import Severity, rule
from .values import Inputs, items, record

BUDGET = "aws:budgets/budget:Budget"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
WORKGROUP = "aws:athena/workgroup:Workgroup"


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
