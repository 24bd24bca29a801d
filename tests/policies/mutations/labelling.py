"""Mutations for rules/labelling.py."""

from policies.rules import labelling
from tests.policies.mutations.kit import Mutation, drop, put

CROWD = "arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default"

MUTATIONS = {
    "labelling-private": Mutation(labelling.FLOW, put("humanLoopConfig.workteamArn", CROWD)),
    "labelling-encrypted": Mutation(labelling.FLOW, drop("outputConfig.kmsKeyId")),
    "labellers-placed": Mutation(labelling.WORKFORCE, drop("sourceIpConfig")),
    "labellers-told": Mutation(labelling.TEAM, drop("notificationConfiguration")),
}
