"""Rules over the model registry: who shares it, and what is said of a model."""

from collections.abc import Iterator

from .neighbours import points_at
from .rule import Resource, Severity, Stack, rule, stack_rule
from .statements import allowed
from .values import Inputs, record

GROUP = "aws:sagemaker/modelPackageGroup:ModelPackageGroup"
GROUP_POLICY = "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy"
CARD = "aws:sagemaker/modelCard:ModelCard"
# Approving a version is an update of it.
DECIDES = ("sagemaker:UpdateModelPackage", "sagemaker:DeleteModelPackage", "sagemaker:DeleteModelPackageGroup")


@rule(
    id="registry-shared-narrowly",
    on=GROUP_POLICY,
    title="Named accounts share a model's versions, and none of them approves one.",
    severity=Severity.CRITICAL,
    controls=("SOX-404", "HIPAA-164.308(a)(4)", "ISO27001-A.8.3", "SOC2-CC6.1", "SOC2-CC8.1"),
    fix="Name the accounts as principals, or set the condition aws:PrincipalOrgID; allow no update and no deletion.",
)
def shared_narrowly(inputs: Inputs) -> Iterator[str]:
    for statement in allowed(inputs["resourcePolicy"]):
        if statement.anyone and not statement.conditioned_on("aws:PrincipalOrgID", "aws:PrincipalAccount"):
            yield "everyone may use the group"
        if statement.may(*DECIDES):
            yield "others may approve or delete versions"


@stack_rule(
    id="registry-models-described",
    on=GROUP,
    title="Every model has a card that says what it is for and what it risks.",
    severity=Severity.LOW,
    controls=("GDPR-30", "ISO27001-A.5.9", "SOC2-CC8.1"),
    fix="Add a ModelCard of the group's name.",
)
def described(group: Resource, stack: Stack) -> Iterator[str]:
    name = group.values["modelPackageGroupName"]
    if not any(
        card.values["modelCardName"] == name or points_at(card, "modelCardName", group) for card in stack.of(CARD)
    ):
        yield "no ModelCard describes it"


@rule(
    id="registry-cards-encrypted",
    on=CARD,
    title="A model card is encrypted with a key of the customer.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set securityConfig.kmsKeyId.",
)
def cards_encrypted(inputs: Inputs) -> Iterator[str]:
    if "kmsKeyId" not in record(inputs.get("securityConfig")):
        yield "securityConfig.kmsKeyId is not set"
