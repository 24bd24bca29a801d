"""Rules over keys."""

from collections.abc import Iterator

from .rule import Severity, rule
from .values import Inputs

KEY = "aws:kms/key:Key"


@rule(
    id="keys-rotated",
    on=KEY,
    title="Symmetric keys are rotated every year.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set enableKeyRotation to true.",
)
def rotated(inputs: Inputs) -> Iterator[str]:
    symmetric = inputs.get("customerMasterKeySpec") in (None, "SYMMETRIC_DEFAULT")
    if symmetric and inputs.get("enableKeyRotation") is not True:
        yield "enableKeyRotation is not true"
