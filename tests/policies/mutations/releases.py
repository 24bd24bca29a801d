"""Mutations for rules/releases.py."""

from policies.rules import releases
from policies.rules.declared import DECLARED
from tests.policies.mutations.kit import Mutation, drop, inside, put

MUTATIONS = {
    "flags-encrypted": Mutation(releases.FLAGS, drop("kmsKeyIdentifier")),
    "flags-taken-back": Mutation(releases.READERS, put("monitors", [])),
    "flags-gradual": Mutation(
        releases.STRATEGY, lambda inputs: inputs.update(growthFactor=100.0, finalBakeTimeInMinutes=0)
    ),
    "sagemaker-component-guarded": Mutation(
        DECLARED,
        inside("desiredState", drop("DeploymentConfig.AutoRollbackConfiguration")),
        where="quiet-endpoint-component",
    ),
    "sagemaker-component-closed": Mutation(
        DECLARED, inside("desiredState", put("EnableNetworkIsolation", False)), where="quiet-endpoint-configuration"
    ),
}
