"""HTTP APIs that answer, called as any HTTP client would."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.cloud.services.harness import ACCOUNT, REGION, Ground, trust
from tests.cloud.services.token_kit import opened, token

HANDLER = """
import json

def handle(event, context):
    if event["rawPath"].endswith("/fail"):
        raise ValueError("no")
    who = event["requestContext"].get("authorizer", {})
    body = {"got": event.get("body"), "model": event["pathParameters"]["model"], "who": sorted(who)}
    return {"statusCode": 201, "headers": {"x-model": "m"}, "body": json.dumps(body)}
"""


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with opened() as address:
        yield address


@pytest.fixture(scope="module")
def api(ground: Ground, issuer: str) -> str:
    """An API with one route for AWS's signature, one for tokens and one that is narrow."""
    role = ground.client("iam").create_role(
        RoleName="functions", AssumeRolePolicyDocument=trust("lambda.amazonaws.com")
    )["Role"]["Arn"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("handler.py", HANDLER)
    function = ground.client("lambda").create_function(
        FunctionName="answer", Runtime="python3.11", Role=role, Handler="handler.handle", Timeout=10,
        Code={"ZipFile": buffer.getvalue()},
    )["FunctionArn"]  # fmt: skip
    client = ground.client("apigatewayv2")
    id = client.create_api(Name="models", ProtocolType="HTTP")["ApiId"]
    ground.client("lambda").add_permission(
        FunctionName="answer", StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{id}/*/*",
    )  # fmt: skip
    integration = client.create_integration(
        ApiId=id, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    authorizer = client.create_authorizer(
        ApiId=id, Name="jwt", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": issuer, "Audience": ["models"]},
    )["AuthorizerId"]  # fmt: skip
    target = f"integrations/{integration}"
    client.create_route(ApiId=id, RouteKey="POST /iam/{model}/{rest+}", AuthorizationType="AWS_IAM", Target=target)
    client.create_route(
        ApiId=id, RouteKey="POST /jwt/{model}", AuthorizationType="JWT", AuthorizerId=authorizer,
        AuthorizationScopes=["ask"], Target=target,
    )  # fmt: skip
    client.create_route(ApiId=id, RouteKey="POST /narrow/{model}", Target=target)
    ground.client("logs").create_log_group(logGroupName="/access")
    client.create_stage(
        ApiId=id, StageName="$default", AutoDeploy=True,
        AccessLogSettings={
            "DestinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/access",
            "Format": '{"status":"$context.status","route":"$context.routeKey","sub":"$context.authorizer.claims.sub"}',
        },
        RouteSettings={"POST /narrow/{model}": {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 2}},
    )  # fmt: skip
    return id


def post(url: str, headers: dict[str, str] | None = None, body: bytes = b"rows") -> tuple[int, dict[str, Any]]:
    answer = urllib3.PoolManager().request("POST", url, body=body, headers=headers or {}, retries=False)
    return answer.status, json.loads(answer.data or b"{}")


def url(ground: Ground, api: str, path: str) -> str:
    return f"{ground.cloud.endpoint}/_apigw/{api}{path}"


def signed(ground: Ground, address: str, secret: str | None = None) -> dict[str, str]:
    own = ground.cloud.environment()
    request = AWSRequest("POST", address, data=b"rows")
    credentials = Credentials(own["AWS_ACCESS_KEY_ID"], secret or own["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
    return dict(request.headers.items())


def test_a_signed_request_reaches_the_function(ground: Ground, api: str) -> None:
    address = url(ground, api, "/iam/tumor/invocations")
    status, body = post(address, signed(ground, address))
    assert (status, body) == (201, {"got": "rows", "model": "tumor", "who": ["iam"]})


def test_a_request_without_a_right_signature_is_forbidden(ground: Ground, api: str) -> None:
    address = url(ground, api, "/iam/tumor/invocations")
    assert post(address) == (403, {"message": "Forbidden"})
    assert post(address, signed(ground, address, "another-secret")) == (403, {"message": "Forbidden"})
    assert post(address, signed(ground, address), b"other rows") == (403, {"message": "Forbidden"})


def test_a_token_of_the_issuer_lets_in(ground: Ground, api: str, issuer: str) -> None:
    status, body = post(url(ground, api, "/jwt/eta"), token(issuer))
    assert (status, body["who"]) == (201, ["jwt"])


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"aud": "others"}, 401), ({"exp": 1}, 401), ({"iss": "https://x"}, 401), ({"scope": "tell"}, 403)],
)
def test_a_wrong_token_does_not(ground: Ground, api: str, issuer: str, changed: dict[str, Any], status: int) -> None:
    assert post(url(ground, api, "/jwt/eta"), token(issuer, **changed))[0] == status


def test_a_token_that_somebody_else_signed_does_not(ground: Ground, api: str, issuer: str) -> None:
    other = RSAKey.generate_key(2048, {"kid": "k1"})
    forged = jwt.encode({"alg": "RS256", "kid": "k1"}, {"iss": issuer, "aud": "models", "scope": "ask"}, other)
    assert post(url(ground, api, "/jwt/eta"), {"Authorization": f"Bearer {forged}"})[0] == 401
    assert post(url(ground, api, "/jwt/eta"))[0] == 401


def test_a_route_s_limit_throttles(ground: Ground, api: str) -> None:
    assert [post(url(ground, api, "/narrow/eta"))[0] for _ in range(3)] == [201, 201, 429]


def test_what_is_not_there_is_not_found(ground: Ground, api: str) -> None:
    assert post(url(ground, api, "/nowhere")) == (404, {"message": "Not Found"})
    assert post(url(ground, "none", "/nowhere")) == (403, {"message": "Forbidden"})


def test_requests_are_logged_and_measured(ground: Ground, api: str, issuer: str) -> None:
    address = url(ground, api, "/iam/tumor/fail")
    assert post(address, signed(ground, address)) == (500, {"message": "Internal Server Error"})
    post(url(ground, api, "/jwt/eta"), token(issuer, sub="bob"))
    lines = [event["message"] for event in ground.client("logs").filter_log_events(logGroupName="/access")["events"]]
    told = [json.loads(line) for line in lines]
    assert {"status": "500", "route": "POST /iam/{model}/{rest+}", "sub": "-"} in told
    assert {"status": "201", "route": "POST /jwt/{model}", "sub": "bob"} in told
    ground.cloud.flush()
    now = time.time()
    found = ground.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ApiGateway", MetricName="5xx", Dimensions=[{"Name": "ApiId", "Value": api}], Period=3600,
        StartTime=now - 3600, EndTime=now + 3600, Statistics=["Sum"],
    )["Datapoints"]  # fmt: skip
    assert sum(point["Sum"] for point in found) == 1.0
