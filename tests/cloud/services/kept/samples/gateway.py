"""Samples of entries/gateway.py."""

from tests.cloud.services.kept.stage import Sample, Stage


def api(stage: Stage) -> str:
    def make() -> str:
        return stage.client("apigatewayv2").create_api(
            Name="live", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
        )["ApiId"]

    return stage.once("socket api", make)


def pool(stage: Stage) -> str:
    return stage.once(
        "user pool", lambda: stage.client("cognito-idp").create_user_pool(PoolName="kept")["UserPool"]["Id"]
    )


SAMPLES = {
    "apigatewayv2:deployment": Sample(lambda stage: {"ApiId": api(stage)}, lambda stage: {"Description": "routes"}),
    "cognito-idp:resource server": Sample(
        lambda stage: {
            "UserPoolId": pool(stage),
            "Identifier": "models",
            "Name": "models",
            "Scopes": [{"ScopeName": "predict", "ScopeDescription": "Ask"}],
        },
        lambda stage: {"Name": "all models"},
    ),
}
