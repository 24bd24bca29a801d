"""Rules over who may do what."""

import fnmatch
from collections.abc import Iterator

from .rule import Resource, Severity, Stack, rule, stack_rule
from .statements import GRANTS, POLICY, ROLE, allowed, granted
from .values import Inputs, items

ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
USER = "aws:iam/user:User"
ACCESS_KEY = "aws:iam/accessKey:AccessKey"
ADMINISTRATORS = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess", "AmazonSageMakerFullAccess")
# Services that pass aws:SourceAccount when they assume a role, by their user guides.
DEPUTIES = (
    "backup.amazonaws.com",
    "events.amazonaws.com",
    "fis.amazonaws.com",
    "grafana.amazonaws.com",
    "sagemaker.amazonaws.com",
    "scheduler.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)


@stack_rule(
    id="iam-no-star-on-star",
    on=GRANTS,
    title="Nobody may do everything to everything; only a permission boundary may be that wide.",
    severity=Severity.CRITICAL,
    controls=("GDPR-25", "HIPAA-164.308(a)(4)", "SOX-404", "ISO27001-A.8.2", "SOC2-CC6.3"),
    fix="List the actions, or the resources, that are needed.",
)
def no_star_on_star(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.type == POLICY and is_boundary(resource, stack):
        return
    for each in granted(resource.values):
        if each.any_action and each.any_resource:
            yield "every action is allowed on every resource"


def is_boundary(policy: Resource, stack: Stack) -> bool:
    """Whether `policy` bounds roles and is attached to none: then it grants nothing."""
    attached = any(each.type == ATTACHMENT and property == "policyArn" for each, property in stack.users(policy))
    return not attached and any(_bounds(policy, role) for role in stack.of(ROLE))


def _bounds(policy: Resource, role: Resource) -> bool:
    if policy.urn in role.property_dependencies.get("permissionsBoundary", ()):
        return True
    if role.inputs.get("permissionsBoundary") is None or policy.inputs.get("name") is None:
        return False
    if role.property_dependencies.get("permissionsBoundary"):
        return False
    own = f":policy{policy.values.get('path', '/')}{policy.values['name']}"
    return str(role.values["permissionsBoundary"]).endswith(own)


POOLS = "cognito-identity.amazonaws.com"  # whoever vouches for the guests and users of Cognito's pools


@rule(
    id="iam-service-not-whole",
    on=GRANTS,
    title="Nobody gets all of IAM, KMS, S3 or STS on every resource.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.308(a)(4)", "ISO27001-A.8.2", "SOC2-CC6.3"),
    fix="List the actions, or the resources, that are needed.",
)
def service_not_whole(inputs: Inputs) -> Iterator[str]:
    for each in granted(inputs):
        whole = [action for action in each.actions if action.lower() in ("iam:*", "kms:*", "s3:*", "sts:*")]
        limited = each.everything_but or not each.any_resource or each.conditions
        if whole and not limited:
            yield f"{', '.join(whole)} is allowed on every resource"


@rule(
    id="iam-no-administrators",
    on=(ATTACHMENT, ROLE),
    title="No role is an administrator.",
    severity=Severity.CRITICAL,
    controls=("HIPAA-164.308(a)(4)", "SOX-404", "ISO27001-A.8.2", "SOC2-CC6.3"),
    fix="Attach a policy with the actions that are needed.",
)
def no_administrators(inputs: Inputs) -> Iterator[str]:
    for arn in [*items(inputs.get("policyArn")), *items(inputs.get("managedPolicyArns"))]:
        if str(arn).rpartition("/")[2] in ADMINISTRATORS:
            yield f"{str(arn).rpartition('/')[2]} is attached"


@rule(
    id="iam-pass-role-scoped",
    on=GRANTS,
    title="Roles can be passed on to named services only, and not all roles.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.308(a)(4)", "ISO27001-A.8.2", "SOC2-CC6.3"),
    fix="Name the roles in Resource, and the services in a condition on iam:PassedToService.",
)
def pass_role_scoped(inputs: Inputs) -> Iterator[str]:
    for each in granted(inputs):
        if not any(fnmatch.fnmatchcase("iam:passrole", action.lower()) for action in each.actions):
            continue
        if each.everything_but or each.any_action:
            continue  # a wider rule's concern
        if each.every_one_of_a_kind:
            yield "every role can be passed on"
        if not each.conditioned_on("iam:PassedToService"):
            yield "roles can be passed on to every service"


@rule(
    id="iam-no-confused-deputy",
    on=ROLE,
    title="A service assumes a role only on behalf of this account.",
    severity=Severity.MEDIUM,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.5.15", "SOC2-CC6.1"),
    fix="Add a condition on aws:SourceAccount or aws:SourceArn to the trust policy.",
)
def no_confused_deputy(inputs: Inputs) -> Iterator[str]:
    for each in allowed(inputs["assumeRolePolicy"]):
        deputies = [service for service in each.principals.get("Service", ()) if service in DEPUTIES]
        if deputies and not each.conditioned_on("aws:SourceAccount", "aws:SourceArn"):
            yield f"{', '.join(deputies)} may assume it on behalf of any account"


# Policies of what services write to or read. Keys are bound by the context that a service encrypts with, which differs
# from one to the next, and have rules of their own.
RESOURCE_POLICIES = (
    "aws:backup/vaultPolicy:VaultPolicy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sqs/queuePolicy:QueuePolicy",
)


@rule(
    id="policies-no-confused-deputy",
    on=RESOURCE_POLICIES,
    title="A service reaches what an account holds only on behalf of accounts that are named.",
    severity=Severity.HIGH,
    controls=("GDPR-32", "HIPAA-164.312(a)(1)", "ISO27001-A.5.15", "SOC2-CC6.1"),
    fix="Add a condition on aws:SourceAccount, aws:SourceArn or aws:SourceOrgID to the statement.",
)
def no_deputy_of_strangers(inputs: Inputs) -> Iterator[str]:
    for each in allowed(inputs["policyDocument" if "policyDocument" in inputs else "policy"]):
        services = each.principals.get("Service", ())
        if services and not each.conditioned_on("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID"):
            yield f"{', '.join(services)} may come on behalf of any account"


@rule(
    id="iam-trust-named",
    on=ROLE,
    title="A role is trusted to nobody in general.",
    severity=Severity.CRITICAL,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.5.15", "SOC2-CC6.1"),
    fix="Name the principals that may assume the role.",
)
def trust_named(inputs: Inputs) -> Iterator[str]:
    for each in allowed(inputs["assumeRolePolicy"]):
        if each.anyone and not each.conditioned_on("aws:PrincipalOrgID", "aws:PrincipalArn"):
            yield "everyone may assume it"


@rule(
    id="iam-oidc-trust-conditioned",
    on=ROLE,
    title="Tokens of an identity provider are taken from named subjects and for a named audience.",
    severity=Severity.CRITICAL,
    controls=("HIPAA-164.312(a)(1)", "SOX-404", "ISO27001-A.5.15", "SOC2-CC6.1"),
    fix="Condition the trust on the provider's `aud` and on `sub`, with the repository and its environment or branch; "
    "for a pool of Cognito, on `aud` and `amr`.",
)
def oidc_trust_conditioned(inputs: Inputs) -> Iterator[str]:
    for each in allowed(inputs["assumeRolePolicy"]):
        if not each.may("sts:AssumeRoleWithWebIdentity") or "Federated" not in each.principals:
            continue
        said = [(key, value) for by_key in each.conditions.values() for key, vs in by_key.items() for value in vs]
        # An identity pool's tokens name their pool as audience, and whether its bearer has signed in.
        pool = list(each.principals["Federated"]) == [POOLS]
        for claim in ("aud", "amr") if pool else ("aud", "sub"):
            values = [value for key, value in said if key.endswith(f":{claim}")]
            if not values:
                yield f"no condition on the token's {claim}"
            for value in values:
                # `repo:owner/*` lets in every repository of an owner, `repo:*` everyone's.
                if claim == "sub" and "*" in ":".join(value.split(":")[:2]):
                    yield f"subject {value!r} is not one repository"


@rule(
    id="iam-bounded",
    on=ROLE,
    title="Every role has a permission boundary.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.308(a)(4)", "SOX-404", "ISO27001-A.5.18", "SOC2-CC6.3"),
    fix="Set permissionsBoundary.",
)
def bounded(inputs: Inputs) -> Iterator[str]:
    if "permissionsBoundary" not in inputs:
        yield "permissionsBoundary is not set"


@rule(
    id="iam-no-users",
    on=(USER, ACCESS_KEY),
    title="There are no users and no keys that never expire.",
    severity=Severity.HIGH,
    controls=("HIPAA-164.312(a)(1)", "ISO27001-A.5.17", "SOC2-CC6.1"),
    fix="Use a role, through OIDC or the identity centre.",
)
def no_users(_inputs: Inputs) -> Iterator[str]:
    yield "long-lived credentials"
