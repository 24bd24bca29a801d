"""What a change newly allows: in roles, policies, trust, resource policies, attachments and boundaries."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from estate.plan.documents import POLICIES, listed
from estate.plan.statements import ANYTHING, Gap, Statement, missing, statements

Resource = Mapping[str, Any]

ROLE, ROLE_POLICY, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PERMISSION = "aws:lambda/permission:Permission"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
EVERYTHING = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
# Inputs that name what a resource policy protects.
TARGETS = ("bucket", "arn", "queueUrl", "repository", "secretArn", "keyId", "role", "function", "topicArn")


@dataclass(frozen=True)
class Widening:
    """Something that was not allowed before. `what` says how it came; lists are empty where they do not apply."""

    urn: str
    subject: str
    what: str
    principals: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    conditions: str = ""

    def to_json(self) -> dict[str, Any]:
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


@dataclass
class _Subject:
    """All that is said of one role, one policy or one protected thing."""

    name: str
    urn: str
    statements: list[Statement]
    attached: dict[str, str]  # managed policies: ARN -> URN of the attachment
    boundary: str | None = None


def widened(base: Sequence[Resource], head: Sequence[Resource], former: Mapping[str, str]) -> list[Widening]:
    """What `head` allows beyond `base`, both being the resources of a plan; `former` are old URNs by new ones."""
    renamed = {old: new for new, old in former.items()}
    before = _subjects(base, renamed)
    after = _subjects(head, {})
    gone = {resource["urn"] for resource in base if renamed.get(resource["urn"], resource["urn"]) not in _urns(head)}
    found: list[Widening] = []
    for key, subject in after.items():
        found += _widened(before.get(key), subject)
    by_urn = {resource["urn"]: resource for resource in base}
    for key, subject in before.items():
        if key not in after and not _target_is_gone(by_urn.get(subject.urn), gone):
            nothing = _Subject(subject.name, subject.urn, [], {})
            found += _widened(subject, nothing)
    return sorted(found, key=lambda each: (each.subject, each.what, each.actions, each.resources))


def _urns(resources: Sequence[Resource]) -> set[str]:
    return {resource["urn"] for resource in resources}


def _target_is_gone(resource: Resource | None, gone: set[str]) -> bool:
    """Whether what the policy protected, or the role that had it, is deleted with it."""
    if resource is None:
        return False
    if resource["type"] in (ROLE, POLICY, ENDPOINT):
        return resource["urn"] in gone
    dependencies = resource.get("propertyDependencies", {})
    targets = {urn for name in TARGETS for urn in dependencies.get(name, ())}
    return bool(targets) and targets <= gone


def _widened(before: _Subject | None, after: _Subject) -> Iterator[Widening]:
    old = before if before is not None else _Subject(after.name, after.urn, [], {})
    allowed = [each for each in old.statements if each.allow]
    for gap in missing([each for each in after.statements if each.allow], allowed):
        yield _from_gap(after, gap, "a condition was removed or loosened" if gap.conditional else "newly allowed")
    denied = [each for each in after.statements if not each.allow]
    for gap in missing([each for each in old.statements if not each.allow], denied):
        yield _from_gap(after, gap, "no longer denied in every case" if gap.conditional else "no longer denied")
    for arn in after.attached.keys() - old.attached.keys():
        yield Widening(after.attached[arn], after.name, "managed policy attached", resources=(arn,))
    if before is not None and old.boundary is not None and old.boundary != after.boundary:
        what = "permission boundary removed" if after.boundary is None else "permission boundary exchanged"
        yield Widening(after.urn, after.name, what, resources=(old.boundary,))


def _from_gap(subject: _Subject, gap: Gap, what: str) -> Widening:
    principals = () if gap.principals == (ANYTHING,) and subject.name.startswith("role ") else gap.principals
    conditions = "" if gap.statement.condition == "{}" else gap.statement.condition
    return Widening(subject.urn, subject.name, what, principals, gap.actions, gap.resources, conditions)


def _subjects(resources: Sequence[Resource], renamed: Mapping[str, str]) -> dict[str, _Subject]:
    """Who may do what, by a key that is the same before and after."""
    found: dict[str, _Subject] = {}

    def subject(key: str, name: str, urn: str) -> _Subject:
        return found.setdefault(key, _Subject(name, urn, [], {}))

    for resource in resources:
        values, urn = resource.get("resolved") or resource["inputs"], renamed.get(resource["urn"], resource["urn"])
        kind = resource["type"]
        if kind == ROLE:
            role = subject(f"role {values.get('name')}", f"role {resource['name']}", urn)
            role.name, role.urn = f"role {resource['name']}", urn
            role.boundary = values.get("permissionsBoundary")
            for inline in listed(values.get("inlinePolicies")):
                role.statements += statements(inline.get("policy"))
            role.attached |= dict.fromkeys(map(str, listed(values.get("managedPolicyArns"))), urn)
            trust = subject(f"trust {urn}", f"trust of role {resource['name']}", urn)
            trust.statements += statements(values.get("assumeRolePolicy"))
        elif kind == ROLE_POLICY:
            role = subject(f"role {_role_name(values)}", f"role {_role_name(values)}", urn)
            role.statements += statements(values.get("policy"))
        elif kind == ATTACHMENT:
            role = subject(f"role {_role_name(values)}", f"role {_role_name(values)}", urn)
            role.attached[str(values.get("policyArn"))] = urn
        elif kind == PERMISSION:
            function = subject(f"function {values.get('function')}", f"function {values.get('function')}", urn)
            function.statements += statements(_permission(values))
        else:
            documents = [value for name, value in values.items() if POLICIES.search(name) and _is_policy(value)]
            if kind == ENDPOINT and not documents:
                documents = [EVERYTHING]  # an endpoint without a policy lets everything through
            for document in documents:
                name = f"{re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', kind.rpartition(':')[2]).lower()} {resource['name']}"
                subject(f"resource {urn}", name, urn).statements += statements(document)
    return found


def _role_name(values: Mapping[str, Any]) -> str:
    return str(values.get("role")).rpartition("/")[2]


def _is_policy(value: Any) -> bool:
    if not isinstance(value, str) or '"Statement"' not in value:
        return False
    try:
        return isinstance(json.loads(value), dict)
    except json.JSONDecodeError:
        return False


def _permission(values: Mapping[str, Any]) -> dict[str, Any]:
    """A Lambda permission as the statement that it adds."""
    principal = str(values.get("principal"))
    kind = "Service" if "." in principal else "AWS"
    tests = (("ArnLike", "aws:SourceArn", "sourceArn"), ("StringEquals", "aws:SourceAccount", "sourceAccount"))
    conditions = {test: {key: values[name]} for test, key, name in tests if values.get(name)}
    return {
        "Statement": {
            "Effect": "Allow",
            "Principal": ANYTHING if principal == ANYTHING else {kind: principal},
            "Action": values.get("action"),
            "Resource": str(values.get("function")),
            "Condition": conditions,
        }
    }
