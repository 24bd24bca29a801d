"""Mutations for rules/protection.py."""

from policies.rules import protection
from tests.policies.mutations.kit import PROTECT, Mutation, put

MUTATIONS = {
    "state-protected": Mutation("aws:s3/bucket:Bucket", put(PROTECT, False)),
    "scaling-bounded": Mutation(protection.TARGET, put("maxCapacity", 500)),
    "regions-allowed": Mutation(protection.PROVIDER, put("region", "ap-southeast-1")),
}
