"""Mutations for rules/identity.py."""

from policies.rules import identity, statements
from tests.policies.mutations.kit import Inputs, Mutation, allow, drop, inside, put

TRUST = "assumeRolePolicy"
STATEMENT = "Statement[0]"


def any_subject(document: Inputs) -> None:
    """Takes the token of every repository of an owner."""
    condition = document["Statement"][0]["Condition"]
    subject = "token.actions.githubusercontent.com:sub"
    holder = next(each for each in condition.values() if subject in each)
    del holder[subject]
    condition["StringLike"] = {**condition.get("StringLike", {}), subject: "repo:example/*"}


MUTATIONS = {
    "iam-no-star-on-star": Mutation(statements.ROLE_POLICY, allow(Action="*", Resource="*")),
    "iam-service-not-whole": Mutation(statements.ROLE_POLICY, allow(Action="s3:*", Resource="*")),
    "iam-no-administrators": Mutation(
        identity.ATTACHMENT, put("policyArn", "arn:aws:iam::aws:policy/AdministratorAccess")
    ),
    "iam-pass-role-scoped": Mutation(statements.ROLE_POLICY, allow(Action="iam:PassRole", Resource="*")),
    "iam-no-confused-deputy": Mutation(identity.ROLE, inside(TRUST, drop(f"{STATEMENT}.Condition")), where="jobs"),
    "policies-no-confused-deputy": Mutation(
        "aws:sqs/queuePolicy:QueuePolicy", inside("policy", drop("Statement[0].Condition"))
    ),
    "iam-trust-named": Mutation(identity.ROLE, allow(TRUST, Principal="*", Action="sts:AssumeRole")),
    "iam-oidc-trust-conditioned": Mutation(identity.ROLE, inside(TRUST, any_subject), where="delivery-role"),
    "iam-bounded": Mutation(identity.ROLE, drop("permissionsBoundary")),
    "iam-no-users": Mutation(identity.USER, added={"name": "somebody"}),
}
