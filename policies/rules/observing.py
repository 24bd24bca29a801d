"""Rules over what watches: metrics, traces, canaries, dashboards, guests' browsers."""

from collections.abc import Iterator

from .rule import Severity, rule
from .values import Inputs, document, items, record

WORKSPACE = "aws:amp/workspace:Workspace"
TRACES = "aws:xray/encryptionConfig:EncryptionConfig"
CANARY = "aws:synthetics/canary:Canary"
GRAFANA = "aws:grafana/workspace:Workspace"
POOL = "aws:cognito/identityPool:IdentityPool"
MASKING = "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy"
DETECTOR = "aws:cloudwatch/logAnomalyDetector:LogAnomalyDetector"


@rule(
    id="metrics-encrypted",
    on=WORKSPACE,
    title="Metrics are encrypted with a key of the customer.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set kmsKeyArn; it cannot be set later.",
)
def metrics_encrypted(inputs: Inputs) -> Iterator[str]:
    if "kmsKeyArn" not in inputs:
        yield "kmsKeyArn is not set"


@rule(
    id="metrics-logged",
    on=WORKSPACE,
    title="A workspace says in a log which of its rules and alerts fail.",
    severity=Severity.LOW,
    controls=("HIPAA-164.312(b)", "ISO27001-A.8.15", "SOC2-CC7.2"),
    fix="Set loggingConfiguration.logGroupArn.",
)
def metrics_logged(inputs: Inputs) -> Iterator[str]:
    if "logGroupArn" not in record(inputs.get("loggingConfiguration")):
        yield "rules that fail, fail unseen"


@rule(
    id="traces-encrypted",
    on=TRACES,
    title="Traces are encrypted with a key of the customer.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set type to KMS, and keyId.",
)
def traces_encrypted(inputs: Inputs) -> Iterator[str]:
    if inputs.get("type") != "KMS" or "keyId" not in inputs:
        yield "traces are encrypted with a key of AWS"


@rule(
    id="canaries-encrypted",
    on=CANARY,
    title="What a canary sends and leaves is encrypted with a key of the customer.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set kmsKeyArn, and artifactConfig.s3Encryption with the mode SSE_KMS and a key.",
)
def canaries_encrypted(inputs: Inputs) -> Iterator[str]:
    if "kmsKeyArn" not in inputs:
        yield "its variables are encrypted with a key of AWS"
    encryption = record(record(inputs.get("artifactConfig")).get("s3Encryption"))
    if encryption.get("encryptionMode") != "SSE_KMS" or "kmsKeyArn" not in encryption:
        yield "its artifacts are encrypted with a key of AWS"


@rule(
    id="grafana-encrypted",
    on=GRAFANA,
    title="What Grafana stores is encrypted with a key of the customer.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set kmsKeyId; it cannot be set later.",
)
def grafana_encrypted(inputs: Inputs) -> Iterator[str]:
    if "kmsKeyId" not in inputs:
        yield "kmsKeyId is not set"


@rule(
    id="grafana-least-privilege",
    on=GRAFANA,
    title="Grafana reads as a role of ours, in this account only.",
    severity=Severity.HIGH,
    controls=("GDPR-25", "HIPAA-164.308(a)(4)", "SOX-404", "ISO27001-A.5.15", "SOC2-CC6.3"),
    fix="Set permissionType to CUSTOMER_MANAGED with a roleArn, and accountAccessType to CURRENT_ACCOUNT.",
)
def grafana_least_privilege(inputs: Inputs) -> Iterator[str]:
    if inputs.get("permissionType") != "CUSTOMER_MANAGED" or "roleArn" not in inputs:
        yield "AWS chooses what it may read"
    if inputs.get("accountAccessType") != "CURRENT_ACCOUNT":
        yield f"accountAccessType is {inputs.get('accountAccessType')}"


@rule(
    id="guests-enhanced-flow",
    on=POOL,
    title="Guests get credentials that Cognito narrows down, and no others.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.5.15", "SOC2-CC6.1"),
    fix="Leave allowClassicFlow out.",
)
def guests_enhanced_flow(inputs: Inputs) -> Iterator[str]:
    if inputs.get("allowClassicFlow") is True:
        yield "the classic flow gives credentials without Cognito's session policy"


@rule(
    id="logs-masked",
    on=MASKING,
    title="What a data protection policy finds in a log is masked, and not only counted.",
    severity=Severity.MEDIUM,
    controls=("GDPR-25", "GDPR-32", "CCPA-1798.100", "HIPAA-164.312(a)(1)", "ISO27001-A.8.3", "SOC2-CC6.1"),
    fix="Add a statement with the operation Deidentify for the same identifiers.",
)
def logs_masked(inputs: Inputs) -> Iterator[str]:
    audited: set[str] = set()
    masked: set[str] = set()
    for statement in items(document(inputs["policyDocument"]).get("Statement")):
        said = record(statement)
        found = masked if "Deidentify" in record(said.get("Operation")) else audited
        found.update(map(str, items(said.get("DataIdentifier"))))
    for identifier in sorted(audited - masked):
        yield f"{identifier.rpartition('/')[2]} is found and not masked"
    if not audited and not masked:
        yield "nothing is looked for"


@rule(
    id="logs-findings-encrypted",
    on=DETECTOR,
    title="What is found in a log is encrypted as the log is.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set kmsKeyId.",
)
def findings_encrypted(inputs: Inputs) -> Iterator[str]:
    if "kmsKeyId" not in inputs:
        yield "kmsKeyId is not set"
