"""Mutations for rules/keys.py."""

from policies.rules import keys
from tests.policies.mutations.kit import Mutation, allow, put

MUTATIONS = {
    "keys-rotated": Mutation(keys.KEY, put("enableKeyRotation", False)),
    "keys-deletion-window": Mutation(keys.KEY, put("deletionWindowInDays", 3)),
    "keys-policy-not-public": Mutation(keys.KEY, allow(Principal={"AWS": "*"}, Action="kms:Decrypt", Resource="*")),
}
