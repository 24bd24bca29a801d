"""Mutations for rules/hyperpod.py."""

from policies.rules import hyperpod
from tests.policies.mutations.kit import Change, Mutation, drop, inside, put

VOLUME = "InstanceGroups[0].InstanceStorageConfigs[0].EbsVolumeConfig"


def cluster(change: Change) -> Mutation:
    return Mutation(hyperpod.DECLARED, inside("desiredState", change), where="hyperpod-cluster")


MUTATIONS = {
    "hyperpod-encrypted": cluster(drop(f"{VOLUME}.VolumeKmsKeyId")),
    "hyperpod-private": cluster(drop("VpcConfig")),
    "hyperpod-recovers": cluster(put("NodeRecovery", "None")),
    "hyperpod-bounded": cluster(put("InstanceGroups[0].InstanceCount", 51)),
}
