"""Rules over the ways in which somebody with few rights gets many."""

from collections.abc import Iterator

from .identity import is_boundary
from .rule import Resource, Severity, Stack, stack_rule
from .statements import GRANTS, POLICY, granted

# Each alone makes its holder, or a role that he can use, as mighty as the mightiest role that it reaches.
ESCALATIONS = (
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutGroupPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "sts:AssumeRole",
)
LIMITS = ("iam:PermissionsBoundary", "iam:PolicyARN", "iam:PassedToService")


@stack_rule(
    id="iam-no-escalation",
    on=GRANTS,
    title="Nobody can give himself the rights of others.",
    severity=Severity.CRITICAL,
    controls=("HIPAA-164.308(a)(4)", "SOX-404", "ISO27001-A.8.2", "SOC2-CC6.3"),
    fix="Name the resources, or limit the statement by iam:PermissionsBoundary or iam:PolicyARN.",
)
def no_escalation(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.type == POLICY and is_boundary(resource, stack):
        return
    for each in granted(resource.values):
        if not each.any_resource or each.any_action:
            continue  # named resources are bounded, and all actions are another rule's concern
        ways = [action for action in ESCALATIONS if each.may(action)]
        if ways and not each.conditioned_on(*LIMITS):
            yield f"{', '.join(ways)} is allowed on every resource"
