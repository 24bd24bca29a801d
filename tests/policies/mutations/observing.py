"""Mutations for rules/observing.py."""

from policies.rules import observing
from tests.policies.mutations.kit import Mutation, drop, inside, put

MUTATIONS = {
    "metrics-encrypted": Mutation(observing.WORKSPACE, drop("kmsKeyArn")),
    "metrics-logged": Mutation(observing.WORKSPACE, drop("loggingConfiguration")),
    "traces-encrypted": Mutation(observing.TRACES, put("type", "NONE")),
    "canaries-encrypted": Mutation(observing.CANARY, drop("kmsKeyArn")),
    "grafana-encrypted": Mutation(observing.GRAFANA, drop("kmsKeyId")),
    "grafana-least-privilege": Mutation(observing.GRAFANA, put("accountAccessType", "ORGANIZATION")),
    "guests-enhanced-flow": Mutation(observing.POOL, put("allowClassicFlow", True)),
    "logs-masked": Mutation(observing.MASKING, inside("policyDocument", lambda document: document["Statement"].pop())),
    "logs-findings-encrypted": Mutation(observing.DETECTOR, drop("kmsKeyId")),
}
