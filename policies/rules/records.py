"""Rules over tables of records."""

from collections.abc import Iterator

from .rule import Severity, rule
from .values import Inputs, record

TABLE = "aws:dynamodb/table:Table"


@rule(
    id="records-encrypted",
    on=TABLE,
    title="Tables are encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set serverSideEncryption with enabled and kmsKeyArn.",
)
def encrypted(inputs: Inputs) -> Iterator[str]:
    given = record(inputs.get("serverSideEncryption"))
    if given.get("enabled") is not True or "kmsKeyArn" not in given:
        yield "serverSideEncryption names no key of the customer"


@rule(
    id="records-restorable",
    on=TABLE,
    title="A table can be brought back to what it was at any second of the last weeks.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.308(a)(7)", "HIPAA-164.312(c)(1)", "SOX-802", "ISO27001-A.8.13", "SOC2-A1.2"),
    fix="Set pointInTimeRecovery.enabled to true.",
)
def restorable(inputs: Inputs) -> Iterator[str]:
    if record(inputs.get("pointInTimeRecovery")).get("enabled") is not True:
        yield "pointInTimeRecovery is not enabled"
