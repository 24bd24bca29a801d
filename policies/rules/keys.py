"""Rules over keys."""

from collections.abc import Iterator

from .rule import Severity, rule
from .statements import allowed
from .values import Inputs

KEY = "aws:kms/key:Key"
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
SHORTEST_WINDOW = 7  # days; KMS's own least, and no default of the API may undercut it


@rule(
    id="keys-rotated",
    on=KEY,
    title="Symmetric keys are rotated.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set enableKeyRotation to true.",
)
def rotated(inputs: Inputs) -> Iterator[str]:
    symmetric = inputs.get("customerMasterKeySpec") in (None, "SYMMETRIC_DEFAULT")
    if symmetric and inputs.get("enableKeyRotation") is not True:
        yield "enableKeyRotation is not true"


@rule(
    id="keys-deletion-window",
    on=KEY,
    title="A key's deletion can be taken back for a stated time.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.308(a)(7)", "ISO27001-A.8.13", "SOC2-A1.2"),
    fix=f"Set deletionWindowInDays, {SHORTEST_WINDOW} to 30.",
)
def deletion_window(inputs: Inputs) -> Iterator[str]:
    days = inputs.get("deletionWindowInDays")
    if days is None:
        yield "deletionWindowInDays is not stated"
    elif not SHORTEST_WINDOW <= days <= 30:
        yield f"deletionWindowInDays is {days}"


@rule(
    id="keys-policy-not-public",
    on=(KEY, KEY_POLICY),
    title="No key policy lets everyone in.",
    severity=Severity.CRITICAL,
    controls=("GDPR-32", "HIPAA-164.312(a)(1)", "ISO27001-A.5.15", "SOC2-CC6.1"),
    fix="Name the principals, or limit the statement by kms:CallerAccount, aws:SourceArn or aws:PrincipalOrgID.",
)
def policy_not_public(inputs: Inputs) -> Iterator[str]:
    if inputs.get("policy") is None:
        return
    limits = ("kms:CallerAccount", "aws:SourceAccount", "aws:SourceArn", "aws:PrincipalOrgID", "aws:PrincipalArn")
    for each in allowed(inputs["policy"]):
        if each.anyone and not each.conditioned_on(*limits):
            yield f"everyone is allowed {', '.join(each.actions)}"
