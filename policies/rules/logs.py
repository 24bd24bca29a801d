"""Rules over logs and the audit trail."""

from collections.abc import Iterator

from .rule import Severity, rule
from .values import Inputs

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
TRAIL = "aws:cloudtrail/trail:Trail"


@rule(
    id="logs-retained",
    on=LOG_GROUP,
    title="A log group says how long it keeps what.",
    severity=Severity.MEDIUM,
    controls=("GDPR-5", "HIPAA-164.316(b)(2)", "SOX-802", "ISO27001-A.8.15", "SOC2-CC7.2"),
    fix="Set retentionInDays.",
)
def retained(inputs: Inputs) -> Iterator[str]:
    if not inputs.get("retentionInDays"):
        yield "logs stay for ever"


@rule(
    id="logs-encrypted",
    on=LOG_GROUP,
    title="Logs are encrypted with a key of the customer.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set kmsKeyId.",
)
def encrypted(inputs: Inputs) -> Iterator[str]:
    if "kmsKeyId" not in inputs:
        yield "kmsKeyId is not set"


@rule(
    id="audit-trail-complete",
    on=TRAIL,
    title="The audit trail covers every region and global services, and is switched on.",
    severity=Severity.HIGH,
    controls=("GDPR-30", "HIPAA-164.312(b)", "SOX-404", "ISO27001-A.8.15", "SOC2-CC7.2"),
    fix="Set isMultiRegionTrail to true; leave includeGlobalServiceEvents and enableLogging on.",
)
def trail_complete(inputs: Inputs) -> Iterator[str]:
    if inputs.get("isMultiRegionTrail") is not True:
        yield "isMultiRegionTrail is not true"
    for name in ("includeGlobalServiceEvents", "enableLogging"):
        if inputs.get(name) is False:
            yield f"{name} is false"


@rule(
    id="audit-trail-verifiable",
    on=TRAIL,
    title="The audit trail can be shown to be untouched, and is encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(c)(1)", "SOX-802", "ISO27001-A.5.28", "SOC2-CC7.3"),
    fix="Set enableLogFileValidation to true, and kmsKeyId.",
)
def trail_verifiable(inputs: Inputs) -> Iterator[str]:
    if inputs.get("enableLogFileValidation") is not True:
        yield "enableLogFileValidation is not true"
    if "kmsKeyId" not in inputs:
        yield "kmsKeyId is not set"
