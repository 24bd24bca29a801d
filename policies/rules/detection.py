"""Rules over what notices that an account is not as it should be, and over what happens when money is spent."""

from collections.abc import Iterator

from .rule import Resource, Severity, Stack, rule, stack_rule
from .statements import statements
from .values import Inputs, items, record

DETECTOR = "aws:guardduty/detector:Detector"
FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"
HUB = "aws:securityhub/account:Account"
STANDARD = "aws:securityhub/standardsSubscription:StandardsSubscription"
MACIE = "aws:macie2/account:Account"
MACIE_JOB = "aws:macie2/classificationJob:ClassificationJob"
ACTION = "aws:budgets/budgetAction:BudgetAction"
GUARDRAIL = "aws:organizations/policy:Policy"
FOUNDATIONAL = "/aws-foundational-security-best-practices/"
LONGEST_SCP = 5120  # characters; quotas of AWS Organizations


@rule(
    id="detection-on",
    on=(DETECTOR, MACIE),
    title="A detector that is there is switched on.",
    severity=Severity.HIGH,
    controls=("GDPR-33", "HIPAA-164.308(a)(1)(ii)(D)", "ISO27001-A.8.16", "SOC2-CC7.2"),
    fix="Set enable to true, or status to ENABLED; a detector that nobody wants is removed.",
)
def detection_on(inputs: Inputs) -> Iterator[str]:
    if inputs.get("enable") is False or inputs.get("status") == "PAUSED":
        yield "it is switched off"


@rule(
    id="detection-prompt",
    on=(DETECTOR, MACIE),
    title="A finding is told within a quarter of an hour.",
    severity=Severity.LOW,
    controls=("GDPR-33", "ISO27001-A.8.16", "SOC2-CC7.3"),
    fix="Set findingPublishingFrequency to FIFTEEN_MINUTES.",
)
def detection_prompt(inputs: Inputs) -> Iterator[str]:
    if inputs.get("findingPublishingFrequency") != "FIFTEEN_MINUTES":
        yield f"findingPublishingFrequency is {inputs.get('findingPublishingFrequency', 'six hours by default')}"


@stack_rule(
    id="detection-sees-data",
    on=DETECTOR,
    title="GuardDuty watches who reads the lake.",
    severity=Severity.MEDIUM,
    controls=("GDPR-33", "CCPA-1798.150", "HIPAA-164.312(b)", "ISO27001-A.8.16", "SOC2-CC7.2"),
    fix="Add the feature S3_DATA_EVENTS with status ENABLED.",
)
def detection_sees_data(_detector: Resource, stack: Stack) -> Iterator[str]:
    on = [each for each in stack.of(FEATURE) if each.values.get("status") == "ENABLED"]
    if not any(each.values.get("name") == "S3_DATA_EVENTS" for each in on):
        yield "reads and writes of objects are not watched"


@stack_rule(
    id="detection-held-to-a-standard",
    on=HUB,
    title="Security Hub holds the account against AWS's own standard, whatever others there are.",
    severity=Severity.MEDIUM,
    controls=("SOX-404", "ISO27001-A.8.9", "SOC2-CC7.1"),
    fix="Add a StandardsSubscription of AWS Foundational Security Best Practices.",
)
def held_to_a_standard(hub: Resource, stack: Stack) -> Iterator[str]:
    if hub.values.get("enableDefaultStandards") is not False:
        return
    if not any(FOUNDATIONAL in str(each.values.get("standardsArn")) for each in stack.of(STANDARD)):
        yield "AWS Foundational Security Best Practices is not checked"


@rule(
    id="detection-keeps-looking",
    on=MACIE_JOB,
    title="Personal data is looked for again and again.",
    severity=Severity.LOW,
    controls=("GDPR-5", "CCPA-1798.100", "ISO27001-A.5.9"),
    fix="Set jobType to SCHEDULED, with a scheduleFrequency.",
)
def keeps_looking(inputs: Inputs) -> Iterator[str]:
    if inputs.get("jobType") != "SCHEDULED":
        yield "it looks once"


@rule(
    id="costs-action-told",
    on=ACTION,
    title="Somebody hears of an action that a budget takes, or is asked to approve it.",
    severity=Severity.MEDIUM,
    controls=("SOX-302", "ISO27001-A.8.6", "SOC2-A1.1"),
    fix="Add a subscriber.",
)
def action_told(inputs: Inputs) -> Iterator[str]:
    if not len(items(inputs.get("subscribers"))):
        yield "nobody hears of it"


@rule(
    id="costs-action-denies",
    on=ACTION,
    title="A budget's action touches named roles, and nothing that a forecast alone says.",
    severity=Severity.HIGH,
    controls=("SOX-404", "ISO27001-A.8.6", "SOC2-CC6.3"),
    fix="Set notificationType to ACTUAL, and name roles in definition.iamActionDefinition.",
)
def action_denies(inputs: Inputs) -> Iterator[str]:
    if inputs.get("notificationType") == "FORECASTED" and inputs.get("approvalModel") == "AUTOMATIC":
        yield "a forecast alone sets it off, and nobody is asked"
    definition = record(record(inputs.get("definition")).get("iamActionDefinition"))
    if inputs.get("actionType") == "APPLY_IAM_POLICY" and not len(items(definition.get("roles"))):
        yield "it is about no role"


@rule(
    id="guardrails-fit",
    on=GUARDRAIL,
    title="A service control policy is no longer than AWS takes, and denies; the organisation's own policy allows.",
    severity=Severity.MEDIUM,
    controls=("SOX-404", "ISO27001-A.8.9", "SOC2-CC6.3"),
    fix="Write statements with Effect Deny; split what is longer than 5,120 characters.",
)
def guardrails_fit(inputs: Inputs) -> Iterator[str]:
    if inputs.get("type", "SERVICE_CONTROL_POLICY") != "SERVICE_CONTROL_POLICY":
        return
    text = str(inputs["content"])
    if len(text) > LONGEST_SCP:
        yield f"it has {len(text)} characters"
    if any(each.allows for each in statements(inputs["content"])):
        yield "it allows something, which narrows nothing"
