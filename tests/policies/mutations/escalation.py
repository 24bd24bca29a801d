"""Mutations for rules/escalation.py."""

from policies.rules import statements
from tests.policies.mutations.kit import Mutation, allow

MUTATIONS = {
    "iam-no-escalation": Mutation(statements.ROLE_POLICY, allow(Action="lambda:UpdateFunctionCode", Resource="*"))
}
