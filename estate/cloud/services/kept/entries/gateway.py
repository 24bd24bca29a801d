"""What moto lacks of API Gateway and of Cognito's user pools: deployments of WebSocket APIs, and scopes."""

from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.kept.kind import Above, Codes, Kind


def _of(service: str, collection: str) -> Any:
    def exists(account: Account, named: str) -> bool:
        return named in getattr(account.backend(service), collection)

    return exists


_CODES = Codes("ConflictException", "NotFoundException", "BadRequestException")

KINDS = (
    Kind(
        "apigatewayv2",
        "deployment",
        create="CreateDeployment",
        read="GetDeployment",
        update=("UpdateDeployment",),
        delete="DeleteDeployment",
        list="GetDeployments",
        ids=("DeploymentId",),
        made={"DeploymentId": "{hex7}", "DeploymentStatus": "DEPLOYED", "AutoDeployed": False},
        above=(
            Above(
                "ApiId",
                exists=_of("apigatewayv2", "apis"),
                delete="DeleteApi",
                given="ApiId",
                holds=False,
                unknown="NotFoundException",
            ),
        ),
        codes=_CODES,
        told="kept: routes answer as they are, deployed or not",
    ),
    Kind(
        "cognito-idp",
        "resource server",
        create="CreateResourceServer",
        read="DescribeResourceServer",
        update=("UpdateResourceServer",),
        delete="DeleteResourceServer",
        list="ListResourceServers",
        key=("UserPoolId", "Identifier"),
        wraps=("ResourceServer",),
        above=(
            Above(
                "UserPoolId",
                exists=_of("cognito-idp", "user_pools"),
                delete="DeleteUserPool",
                given="UserPoolId",
                holds=False,
            ),
        ),
        codes=Codes("InvalidParameterException", "ResourceNotFoundException", "InvalidParameterException"),
        told="kept",
    ),
)
