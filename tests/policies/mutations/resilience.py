"""Mutations for rules/resilience.py."""

from policies.rules import resilience
from tests.policies.mutations.kit import Mutation, drop, put

MUTATIONS = {
    "backups-encrypted": Mutation(resilience.VAULT, drop("kmsKeyArn")),
    "backups-locked": Mutation(resilience.LOCK),
    "backups-kept": Mutation(resilience.PLAN, put("rules[0].lifecycle.deleteAfter", 1)),
    "backups-cover": Mutation(resilience.SELECTION),
    "backups-complete": Mutation(resilience.SELECTION, put("resources[0]", "arn:aws:dynamodb:*:*:table/other")),
    "faults-stoppable": Mutation(resilience.EXPERIMENT, put("stopConditions", [{"source": "none"}])),
    "faults-aimed": Mutation(resilience.EXPERIMENT, drop("targets[0].resourceTags"), where="lost-nodes"),
    "costs-anomalies-told": Mutation(resilience.SUBSCRIPTION, put("subscribers", [])),
}
