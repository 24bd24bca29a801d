"""Mutations for rules/logs.py."""

from policies.rules import logs
from tests.policies.mutations.kit import Mutation, drop, put

MUTATIONS = {
    "logs-retained": Mutation(logs.LOG_GROUP, put("retentionInDays", 0)),
    "logs-encrypted": Mutation(logs.LOG_GROUP, drop("kmsKeyId")),
    "audit-trail-complete": Mutation(logs.TRAIL, put("isMultiRegionTrail", False)),
    "audit-trail-verifiable": Mutation(logs.TRAIL, put("enableLogFileValidation", False)),
}
