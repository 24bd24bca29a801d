"""Samples of entries/guests.py."""

from tests.cloud.services.kept.stage import Sample, Stage


def pool(stage: Stage) -> str:
    def make() -> str:
        made = stage.client("cognito-identity").create_identity_pool(
            IdentityPoolName="guests", AllowUnauthenticatedIdentities=True
        )
        return made["IdentityPoolId"]

    return stage.once("identity pool", make)


SAMPLES = {
    "cognito-identity:pool roles": Sample(
        lambda stage: {
            "IdentityPoolId": pool(stage),
            "Roles": {"unauthenticated": stage.role("cognito-identity.amazonaws.com")},
        },
        lambda stage: {"Roles": {"unauthenticated": stage.role("lambda.amazonaws.com")}},
    ),
}
