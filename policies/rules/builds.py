"""Rules over what builds images: whoever changes a build changes what runs everywhere."""

import re
from collections.abc import Iterator

from .rule import Severity, rule
from .values import Inputs, items, record

PROJECT = "aws:codebuild/project:Project"
WEBHOOK = "aws:codebuild/webhook:Webhook"
REASON = "privileged-because"
SECRET = re.compile(r"SECRET|TOKEN|PASSW|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY", re.IGNORECASE)


@rule(
    id="builds-encrypted",
    on=PROJECT,
    title="What a build leaves is encrypted with a key of the customer.",
    severity=Severity.MEDIUM,
    controls=("GDPR-32", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set encryptionKey.",
)
def encrypted(inputs: Inputs) -> Iterator[str]:
    if "encryptionKey" not in inputs:
        yield "encryptionKey is not set"


@rule(
    id="builds-logged",
    on=PROJECT,
    title="Every build leaves its log.",
    severity=Severity.MEDIUM,
    controls=("SOX-404", "ISO27001-A.8.15", "SOC2-CC7.2"),
    fix="Set logsConfig.cloudwatchLogs with a groupName, and status ENABLED.",
)
def logged(inputs: Inputs) -> Iterator[str]:
    logs = record(record(inputs.get("logsConfig")).get("cloudwatchLogs"))
    if logs.get("status", "ENABLED") != "ENABLED" or "groupName" not in logs:
        yield "its log is not kept in a group of the estate"


@rule(
    id="builds-privileged-for-a-reason",
    on=PROJECT,
    title="A build is root of its machine only where it says why.",
    severity=Severity.HIGH,
    controls=("ISO27001-A.8.2", "SOC2-CC6.3"),
    fix=f"Set environment.privilegedMode to false, or tag the project {REASON} with the reason.",
)
def privileged(inputs: Inputs) -> Iterator[str]:
    if record(inputs.get("environment")).get("privilegedMode") is True and REASON not in record(inputs.get("tags")):
        yield f"privilegedMode is true, and no tag {REASON} says why"


@rule(
    id="builds-no-secrets",
    on=PROJECT,
    title="A build reads its secrets from where they are kept.",
    severity=Severity.CRITICAL,
    controls=("ISO27001-A.5.17", "SOC2-CC6.1"),
    fix="Give the variable the type SECRETS_MANAGER or PARAMETER_STORE.",
)
def no_secrets(inputs: Inputs) -> Iterator[str]:
    for variable in items(record(inputs.get("environment")).get("environmentVariables")):
        if SECRET.search(str(variable.get("name"))) and variable.get("type", "PLAINTEXT") == "PLAINTEXT":
            yield f"the variable {variable.get('name')} holds a secret in clear"


@rule(
    id="builds-source-known",
    on=PROJECT,
    title="A build takes its source through a connection, over TLS.",
    severity=Severity.HIGH,
    controls=("SOX-404", "ISO27001-A.8.32", "SOC2-CC8.1"),
    fix="Set source.auth to a CODECONNECTIONS connection, and leave source.insecureSsl out.",
)
def source_known(inputs: Inputs) -> Iterator[str]:
    source = record(inputs["source"])
    if source.get("insecureSsl") is True:
        yield "it does not ask its source for a certificate"
    if str(source.get("type")).startswith(("GITHUB", "GITLAB", "BITBUCKET")):
        kind = record(source.get("auth")).get("type", "OAUTH")
        if kind != "CODECONNECTIONS":
            yield f"its source is reached by {kind}"


@rule(
    id="builds-started-by-own-pushes",
    on=WEBHOOK,
    title="Nobody outside starts a build with the project's role.",
    severity=Severity.CRITICAL,
    controls=("ISO27001-A.8.32", "SOC2-CC6.8", "SOC2-CC8.1"),
    fix="Filter each group for EVENT PUSH and a HEAD_REF, or for ACTOR_ACCOUNT_ID.",
)
def started_by_own(inputs: Inputs) -> Iterator[str]:
    groups = items(inputs.get("filterGroups"))
    if not groups:
        yield "every event of the repository starts it, those of strangers' pull requests too"
    for group in groups:
        filters = {str(each.get("type")): str(each.get("pattern")) for each in items(group.get("filters"))}
        if "PULL_REQUEST" in filters.get("EVENT", "PULL_REQUEST") and "ACTOR_ACCOUNT_ID" not in filters:
            yield "a stranger's pull request starts it"
        elif "HEAD_REF" not in filters and "ACTOR_ACCOUNT_ID" not in filters:
            yield "a push to any branch starts it"
