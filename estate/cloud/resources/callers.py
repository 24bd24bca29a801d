"""User pools: applications, scopes, and the name under which tokens are had."""

from estate.cloud.resources.row import Row, Step, Tagging
from estate.cloud.resources.template import At

_GONE = ("ResourceNotFoundException",)
_POOL = {"UserPoolId": "{id}"}
_POOL_NAMES = {"name": "PoolName", "passwordPolicy": "Policies.PasswordPolicy"}
_POOL_INPUTS = (
    "accountRecoverySetting",
    "adminCreateUserConfig",
    "autoVerifiedAttributes",
    "deletionProtection",
    "passwordPolicy",
    "userPoolAddOns",
    "userPoolTier",
)
_MFA = ("mfaConfiguration", "softwareTokenMfaConfiguration")
_CREATE = ("name", "usernameAttributes", "usernameConfiguration", "tags", *_POOL_INPUTS)
_CLIENT = {"UserPoolId": "{in.userPoolId}", "ClientId": "{id}"}
_CLIENT_NAMES = {"name": "ClientName"}
_SERVER = {"UserPoolId": "{in.userPoolId}", "Identifier": "{in.identifier}"}

ROWS = (
    Row(
        "aws:cognito/userPool:UserPool",
        "cognito-idp",
        Step("CreateUserPool", _CREATE, names=_POOL_NAMES),
        follow=(Step("SetUserPoolMfaConfig", _MFA, _POOL),),
        id="{made.UserPool.Id}",
        read=(
            Step("DescribeUserPool", (), _POOL, at="UserPool"),
            Step("GetUserPoolMfaConfig", (), _POOL, into="Mfa"),
        ),
        update=(
            Step("SetUserPoolMfaConfig", _MFA, _POOL),
            Step("UpdateUserPool", _POOL_INPUTS, _POOL, {k: v for k, v in _POOL_NAMES.items() if k != "name"}),
        ),
        delete=(Step("DeleteUserPool", (), _POOL),),
        outputs={
            "arn": "{read.Arn}",
            "endpoint": "cognito-idp.{region}.amazonaws.com/{id}",
            "creationDate": "{read.CreationDate}",
            "estimatedNumberOfUsers": "{read.EstimatedNumberOfUsers || `0`}",
        },
        name="name",
        fixed=("name", "usernameAttributes", "usernameConfiguration"),
        tagging=Tagging("TagResource", "UntagResource", "ListTagsForResource", {"ResourceArn": "{out.arn}"}),
        gone=_GONE,
        seen={
            "name": "Name",
            "passwordPolicy": "Policies.PasswordPolicy",
            "mfaConfiguration": "Mfa.MfaConfiguration",
            "softwareTokenMfaConfiguration": "Mfa.SoftwareTokenMfaConfiguration",
        },
        sample_id="eu-west-1_aaaaaaaaa",
        cloudformation="AWS::Cognito::UserPool",
    ),
    Row(
        "aws:cognito/resourceServer:ResourceServer",
        "cognito-idp",
        Step("CreateResourceServer"),
        id=At("join('|', [in.userPoolId, in.identifier])"),
        read=(Step("DescribeResourceServer", (), _SERVER, at="ResourceServer"),),
        update=(Step("UpdateResourceServer", ("name", "scopes"), _SERVER),),
        delete=(Step("DeleteResourceServer", (), _SERVER),),
        outputs={"scopeIdentifiers": At("in.scopes[].join('/', [scopeName]) || `[]`")},
        fixed=("userPoolId", "identifier"),
        gone=_GONE,
        cloudformation="AWS::Cognito::UserPoolResourceServer",
    ),
    Row(
        "aws:cognito/userPoolDomain:UserPoolDomain",
        "cognito-idp",
        Step("CreateUserPoolDomain"),
        id="{in.domain}",
        read=(
            Step(
                "DescribeUserPoolDomain", (), {"Domain": "{id}"}, at="DomainDescription.UserPoolId && DomainDescription"
            ),
        ),
        delete=(Step("DeleteUserPoolDomain", (), {"Domain": "{id}", "UserPoolId": "{in.userPoolId}"}),),
        outputs={"awsAccountId": "{account}"},
        name="domain",
        fixed=("domain", "userPoolId"),
        gone=_GONE,
        cloudformation="AWS::Cognito::UserPoolDomain",
    ),
    Row(
        "aws:cognito/userPoolClient:UserPoolClient",
        "cognito-idp",
        Step("CreateUserPoolClient", names=_CLIENT_NAMES),
        id="{made.UserPoolClient.ClientId}",
        read=(Step("DescribeUserPoolClient", (), _CLIENT, at="UserPoolClient"),),
        update=(
            Step(
                "UpdateUserPoolClient",
                (
                    "name",
                    "allowedOauthFlowsUserPoolClient",
                    "allowedOauthFlows",
                    "allowedOauthScopes",
                    "supportedIdentityProviders",
                    "callbackUrls",
                    "explicitAuthFlows",
                    "preventUserExistenceErrors",
                    "enableTokenRevocation",
                    "accessTokenValidity",
                    "idTokenValidity",
                    "refreshTokenValidity",
                    "tokenValidityUnits",
                ),
                _CLIENT,
                _CLIENT_NAMES,
            ),
        ),
        delete=(Step("DeleteUserPoolClient", (), _CLIENT),),
        outputs={"clientSecret": "{read.ClientSecret || ''}"},
        fixed=("userPoolId", "generateSecret"),
        gone=_GONE,
        seen={"name": "ClientName", "userPoolId": "UserPoolId"},
        silent=("generateSecret",),
        sample_id="abcdefghijklmnopqrstuvwxyz",
        cloudformation="AWS::Cognito::UserPoolClient",
    ),
)
