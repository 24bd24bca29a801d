"""Mutations for rules/costs.py."""

from policies.rules import costs
from tests.policies.mutations.kit import Mutation, drop, put

MUTATIONS = {
    "costs-budget-tells": Mutation(costs.BUDGET, drop("notifications")),
    "costs-nodes-bounded": Mutation(costs.NODE_GROUP, put("scalingConfig.maxSize", 500), where="gpu-system-group"),
    "costs-gpus-bounded": Mutation(costs.NODE_GROUP, put("scalingConfig.maxSize", 17), where="gpu-gpu-group"),
    "queries-bounded": Mutation(costs.WORKGROUP, drop("configuration.bytesScannedCutoffPerQuery")),
}
