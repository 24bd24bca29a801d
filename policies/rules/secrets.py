"""Rules over secrets and over the persons who come to the estate."""

from collections.abc import Iterator

from .neighbours import belonging
from .rule import Resource, Severity, Stack, rule, stack_rule
from .statements import ROLE, allowed
from .values import Inputs, record

HIDDEN = "aws:secretsmanager/secret:Secret"
READERS = "aws:secretsmanager/secretPolicy:SecretPolicy"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
LONGEST_DAYS = 90


@rule(
    id="secrets-encrypted",
    on=HIDDEN,
    title="Secrets are encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set kmsKeyId.",
)
def secrets_encrypted(inputs: Inputs) -> Iterator[str]:
    if "kmsKeyId" not in inputs:
        yield "it is encrypted with a key of AWS"


@stack_rule(
    id="secrets-rotated",
    on=HIDDEN,
    title="A secret has another value at least every 90 days.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.5.17", "SOC2-CC6.1"),
    fix="Give it a SecretRotation with automaticallyAfterDays of 90 at most.",
)
def secrets_rotated(secret: Resource, stack: Stack) -> Iterator[str]:
    rotations = belonging(stack, ROTATION, "secretId", secret)
    if not rotations:
        yield "it keeps its value"
    for each in rotations:
        rules = record(each.values.get("rotationRules"))
        days = rules.get("automaticallyAfterDays")
        if days is not None and days > LONGEST_DAYS:
            yield f"it keeps its value for {days} days"
        if days is None and "scheduleExpression" not in rules:
            yield "its rotation has no schedule"


@rule(
    id="secrets-not-in-state",
    on=VERSION,
    title="No value of a secret stands in Pulumi's state.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.5.17", "SOC2-CC6.1"),
    fix="Let a rotation make the value, or give it as secretStringWo.",
)
def secrets_not_in_state(inputs: Inputs) -> Iterator[str]:
    for name in ("secretString", "secretBinary"):
        if name in inputs:
            yield f"{name} is kept in the state"


@rule(
    id="secrets-not-public",
    on=READERS,
    title="A secret's policy lets in nobody in general, and AWS makes sure of it.",
    severity=Severity.CRITICAL,
    controls=("GDPR-32", "HIPAA-164.312(a)(1)", "ISO27001-A.8.3", "SOC2-CC6.6"),
    fix="Name principals, and set blockPublicPolicy.",
)
def secrets_not_public(inputs: Inputs) -> Iterator[str]:
    if inputs.get("blockPublicPolicy") is not True:
        yield "blockPublicPolicy is not set"
    for each in allowed(inputs["policy"]):
        if each.anyone and not each.conditioned_on("aws:PrincipalOrgID", "aws:PrincipalAccount", "aws:PrincipalArn"):
            yield f"everyone is allowed {', '.join(each.actions)}"


@rule(
    id="iam-persons-proven",
    on=ROLE,
    title="A person who assumes a role has shown a second factor, or comes from the company's directory.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(a)(1)", "SOX-404", "ISO27001-A.5.17", "SOC2-CC6.1"),
    fix="Condition users on aws:MultiFactorAuthPresent, and assertions of a SAML provider on SAML:aud.",
)
def persons_proven(inputs: Inputs) -> Iterator[str]:
    for each in allowed(inputs["assumeRolePolicy"]):
        users = [who for who in each.principals.get("AWS", ()) if ":user/" in who]
        if users and not _with_second_factor(each.conditions):
            yield f"{', '.join(users)} may assume it without a second factor"
        if each.may("sts:AssumeRoleWithSAML") and not each.conditioned_on("SAML:aud", "SAML:iss"):
            yield "assertions are taken for any audience"


def _with_second_factor(conditions: object) -> bool:
    """Whether a sign-in without a second factor is refused; `BoolIfExists` lets keys that never expire through."""
    by_key = record(record(conditions).get("Bool"))
    return tuple(by_key.get("aws:multifactorauthpresent", ())) == ("true",)
