"""Mutations for rules/secrets.py."""

from policies.rules import secrets
from policies.rules.statements import ROLE
from tests.policies.mutations.kit import Mutation, drop, inside, put

ANN = {"AWS": "arn:aws:iam::444444444444:user/ann"}

MUTATIONS = {
    "secrets-encrypted": Mutation(secrets.HIDDEN, drop("kmsKeyId")),
    "secrets-rotated": Mutation(secrets.ROTATION, put("rotationRules.automaticallyAfterDays", 400)),
    "secrets-not-in-state": Mutation(secrets.VERSION, added={"secretId": "s", "secretString": "hunter2"}),
    "secrets-not-public": Mutation(secrets.READERS, drop("blockPublicPolicy")),
    "iam-persons-proven": Mutation(
        ROLE,
        inside("assumeRolePolicy", lambda trust: trust["Statement"][0].update(Principal=ANN, Condition={})),
        "persons-auditor",
    ),
}
