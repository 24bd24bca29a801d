"""Rules over the ways in which somebody with few rights gets many."""

from collections.abc import Iterator

from .identity import is_boundary
from .rule import Resource, Severity, Stack, stack_rule
from .statements import GRANTS, POLICY, Statement, documents, statements

# Each alone makes its holder, or a role that he can use, as mighty as the mightiest role that it reaches: it changes
# who has which rights, or enters what already runs with them.
ESCALATIONS = (
    "codebuild:UpdateProject",
    "eks:AssociateAccessPolicy",
    "glue:UpdateDevEndpoint",
    "glue:UpdateJob",
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
    "lambda:AddPermission",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "sagemaker:CreatePresignedDomainUrl",
    "sagemaker:CreatePresignedNotebookInstanceUrl",
    "ssm:SendCommand",
    "ssm:StartSession",
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
    for document in documents(resource.values):
        said = list(statements(document))
        denied = [each for each in said if not each.allows and each.any_resource and not each.conditions]
        for each in said:
            if each.allows and each.every_one_of_a_kind and not each.any_action:
                yield from _ways(each, denied)


def _ways(statement: Statement, denied: list[Statement]) -> Iterator[str]:
    """The ways that a statement over every resource leaves open; all actions at once are another rule's concern."""
    ways = [way for way in ESCALATIONS if statement.may(way) and not any(each.may(way) for each in denied)]
    if ways and not statement.conditioned_on(*LIMITS):
        yield f"{', '.join(ways)} is allowed on every resource"
