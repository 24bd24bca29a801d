"""Rules over where people work: Studio, its people and its images."""

from collections.abc import Iterator

from .declared import DECLARED, state
from .rule import Resource, Severity, Stack, stack_rule
from .values import Inputs, items, record

DOMAIN, PROFILE = "AWS::SageMaker::Domain", "AWS::SageMaker::UserProfile"
LONGEST_IDLE_MINUTES = 24 * 60
APPS = ("JupyterLabAppSettings", "CodeEditorAppSettings")


@stack_rule(
    id="studio-in-vpc",
    on=DECLARED,
    title="Apps of Studio reach nothing but what the private network leads to.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(e)(1)", "ISO27001-A.8.20", "ISO27001-A.8.22", "SOC2-CC6.6"),
    fix="Set AppNetworkAccessType to VpcOnly, and name SecurityGroups.",
)
def in_vpc(resource: Resource, _stack: Stack) -> Iterator[str]:
    for domain in _states(resource, DOMAIN):
        if domain.get("AppNetworkAccessType") != "VpcOnly":
            yield f"AppNetworkAccessType is {domain.get('AppNetworkAccessType', 'PublicInternetOnly')}"
        if not items(record(domain.get("DefaultUserSettings")).get("SecurityGroups")):
            yield "apps have no security group of the estate"


@stack_rule(
    id="studio-encrypted",
    on=DECLARED,
    title="Disks of Studio's spaces are encrypted with a key of the customer.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "CCPA-1798.150", "HIPAA-164.312(a)(2)(iv)", "ISO27001-A.8.24", "SOC2-CC6.1"),
    fix="Set KmsKeyId.",
)
def encrypted(resource: Resource, _stack: Stack) -> Iterator[str]:
    for domain in _states(resource, DOMAIN):
        if "KmsKeyId" not in domain:
            yield "KmsKeyId is not set"


@stack_rule(
    id="studio-idle-stopped",
    on=DECLARED,
    title="An app that nobody uses is stopped within a day.",
    severity=Severity.MEDIUM,
    controls=("ISO27001-A.8.6", "SOC2-A1.1"),
    fix="Set AppLifecycleManagement.IdleSettings of each kind of app: ENABLED, with at most 1440 minutes.",
)
def idle_stopped(resource: Resource, _stack: Stack) -> Iterator[str]:
    for domain in _states(resource, DOMAIN):
        settings = record(domain.get("DefaultUserSettings"))
        for app in APPS:
            management = record(record(settings.get(app)).get("AppLifecycleManagement"))
            idle = record(management.get("IdleSettings"))
            if idle.get("LifecycleManagement") != "ENABLED":
                yield f"{app} leaves idle apps running"
            elif (most := _longest(idle)) > LONGEST_IDLE_MINUTES:
                yield f"{app} lets an app idle for {most} minutes"


@stack_rule(
    id="studio-people-told-apart",
    on=DECLARED,
    title="The audit trail tells which person's app made a call.",
    severity=Severity.MEDIUM,
    controls=("GDPR-30", "HIPAA-164.312(b)", "ISO27001-A.8.15", "SOC2-CC7.2"),
    fix="Set DomainSettings.ExecutionRoleIdentityConfig to USER_PROFILE_NAME; the roles need sts:SetSourceIdentity.",
)
def told_apart(resource: Resource, _stack: Stack) -> Iterator[str]:
    for domain in _states(resource, DOMAIN):
        if record(domain.get("DomainSettings")).get("ExecutionRoleIdentityConfig") != "USER_PROFILE_NAME":
            yield "a call does not say whose app made it"


@stack_rule(
    id="studio-no-docker",
    on=DECLARED,
    title="Apps of Studio start no containers of their own, past the images that are scanned.",
    severity=Severity.MEDIUM,
    controls=("ISO27001-A.8.8", "SOC2-CC6.8"),
    fix="Set DomainSettings.DockerSettings.EnableDockerAccess to DISABLED.",
)
def no_docker(resource: Resource, _stack: Stack) -> Iterator[str]:
    for domain in _states(resource, DOMAIN):
        docker = record(record(domain.get("DomainSettings")).get("DockerSettings"))
        if docker.get("EnableDockerAccess") == "ENABLED":
            yield "apps may start any container"


@stack_rule(
    id="studio-people-have-roles",
    on=DECLARED,
    title="Each person's apps have the role of what the person does.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.308(a)(4)", "ISO27001-A.5.15", "SOC2-CC6.3"),
    fix="Set UserSettings.ExecutionRole of the profile.",
)
def people_have_roles(resource: Resource, _stack: Stack) -> Iterator[str]:
    for profile in _states(resource, PROFILE):
        if "ExecutionRole" not in record(profile.get("UserSettings")):
            yield "its apps have the domain's role"


def _states(resource: Resource, type: str) -> Iterator[Inputs]:
    """The desired state of a declared resource of that type."""
    found = state(resource.values, type)
    if found is not None:
        yield found


def _longest(idle: Inputs) -> int:
    return max(int(idle.get(name, 0)) for name in ("IdleTimeoutInMinutes", "MaxIdleTimeoutInMinutes"))
