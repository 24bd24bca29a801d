"""Mutations for rules/studio.py."""

from policies.rules import studio
from tests.policies.mutations.kit import Change, Mutation, drop, inside, put

IDLE = "DefaultUserSettings.JupyterLabAppSettings.AppLifecycleManagement.IdleSettings"


def domain(change: Change) -> Mutation:
    return Mutation(studio.DECLARED, inside("desiredState", change), where="studio-domain")


MUTATIONS = {
    "studio-in-vpc": domain(put("AppNetworkAccessType", "PublicInternetOnly")),
    "studio-encrypted": domain(drop("KmsKeyId")),
    "studio-idle-stopped": domain(put(f"{IDLE}.LifecycleManagement", "DISABLED")),
    "studio-people-told-apart": domain(put("DomainSettings.ExecutionRoleIdentityConfig", "DISABLED")),
    "studio-no-docker": domain(put("DomainSettings.DockerSettings", {"EnableDockerAccess": "ENABLED"})),
    "studio-people-have-roles": Mutation(
        studio.DECLARED, inside("desiredState", drop("UserSettings.ExecutionRole")), where="-profile"
    ),
}
