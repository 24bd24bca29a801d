"""Mutations for rules/events.py."""

from policies.rules import events
from tests.policies.mutations.kit import Mutation, allow, drop, put

EVERYONE = {"Principal": "*", "Action": "sns:Publish", "Resource": "*"}

MUTATIONS = {
    "messages-encrypted": Mutation(events.TOPIC, drop("kmsMasterKeyId")),
    "messages-not-public": Mutation(events.TOPIC_POLICY, allow(**EVERYONE)),
    "messages-over-tls": Mutation(events.SUBSCRIPTION, put("protocol", "http")),
    "handlers-lose-nothing": Mutation(events.FUNCTION, drop("deadLetterConfig"), where="incidents"),
    "handlers-traced": Mutation(events.FUNCTION, put("tracingConfig.mode", "PassThrough")),
    "handlers-without-secrets": Mutation(events.FUNCTION, put("environment.variables.API_TOKEN", "abc")),
    "handlers-invoked-by-named": Mutation(events.PERMISSION, drop("sourceArn")),
}
