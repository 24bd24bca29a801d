"""Mutations for rules/records.py."""

from policies.rules import records
from tests.policies.mutations.kit import Mutation, drop, put

MUTATIONS = {
    "records-encrypted": Mutation(records.TABLE, drop("serverSideEncryption.kmsKeyArn")),
    "records-restorable": Mutation(records.TABLE, put("pointInTimeRecovery.enabled", False)),
}
