"""As whom guests of an identity pool act; the pools themselves are moto's."""

from estate.cloud.services.account import Account
from estate.cloud.services.kept.kind import Above, Kind


def _has_pool(account: Account, id: str) -> bool:
    return id in account.backend("cognito-identity").identity_pools


KINDS = (
    Kind(
        "cognito-identity",
        "pool roles",
        create="SetIdentityPoolRoles",
        update=("SetIdentityPoolRoles",),
        read="GetIdentityPoolRoles",
        key=("IdentityPoolId",),
        above=(
            Above(
                "IdentityPoolId",
                exists=_has_pool,
                delete="DeleteIdentityPool",
                given="IdentityPoolId",
                holds=False,
            ),
        ),
        told="kept: no guest is given credentials of the role",
    ),
)
