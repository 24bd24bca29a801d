"""Mutations for rules/builds.py."""

from policies.rules import builds
from tests.policies.mutations.kit import Mutation, drop, put

SECRET = [{"name": "DEPLOY_TOKEN", "type": "PLAINTEXT", "value": "abc"}]

MUTATIONS = {
    "builds-encrypted": Mutation(builds.PROJECT, drop("encryptionKey")),
    "builds-logged": Mutation(builds.PROJECT, put("logsConfig.cloudwatchLogs.status", "DISABLED")),
    "builds-privileged-for-a-reason": Mutation(builds.PROJECT, drop(f"tags.{builds.REASON}")),
    "builds-no-secrets": Mutation(builds.PROJECT, put("environment.environmentVariables", SECRET)),
    "builds-source-known": Mutation(builds.PROJECT, put("source.insecureSsl", True)),
    "builds-started-by-own-pushes": Mutation(builds.WEBHOOK, drop("filterGroups")),
}
