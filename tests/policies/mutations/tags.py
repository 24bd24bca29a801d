"""Mutations for rules/tags.py."""

from policies.rules import keys
from tests.policies.mutations.kit import Mutation, put

MUTATIONS = {"tags-required": Mutation(keys.KEY, put("tags.owner", ""))}
