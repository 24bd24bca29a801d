import base64
import io
import json
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

from pipelines.handlers.doors import answer, asking

ENDPOINTS = {"eta": "mlops-test-eta", "risk": "mlops-test-risk"}


class Runtime:
    """The runtime's client: remembers what it was asked, and answers or fails."""

    def __init__(self, error: ClientError | BotoCoreError | None = None) -> None:
        self.asked: dict[str, Any] = {}
        self.error = error

    def invoke_endpoint(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        if self.error is not None:
            raise self.error
        body = io.BytesIO(b'{"predictions": [1.5]}')
        return {"Body": body, "ContentType": "application/json", "InvokedProductionVariant": "Challenger"}


def event(path: str = "/v1/models/eta/invocations", body: str | None = "{}", **more: Any) -> dict[str, Any]:
    return {"version": "2.0", "rawPath": path, "body": body, "requestContext": {"requestId": "id-1"}, **more}


def failed(code: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}, **more}, "InvokeEndpoint")


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Runtime:
    client = Runtime()
    monkeypatch.setenv("ENDPOINTS", json.dumps(ENDPOINTS))
    monkeypatch.setattr(asking.boto3, "client", lambda *_, **__: client)
    return client


def test_the_model_of_the_path_answers_under_the_requests_id(runtime: Runtime):
    given = answer.handle(event(body='{"instances": []}'), None)

    assert given == {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "x-model-variant": "Challenger"},
        "body": '{"predictions": [1.5]}',
    }
    assert runtime.asked == {
        "EndpointName": "mlops-test-eta",
        "Body": b'{"instances": []}',
        "ContentType": "application/json",
        "Accept": "application/json",
        "InferenceId": "id-1",
    }


def test_a_body_that_came_in_base64_is_decoded(runtime: Runtime):
    encoded = base64.b64encode(b"distance\n3").decode()
    answer.handle(event(body=encoded, isBase64Encoded=True, headers={"Content-Type": "text/csv; charset=utf-8"}), None)

    assert (runtime.asked["Body"], runtime.asked["ContentType"]) == (b"distance\n3", "text/csv; charset=utf-8")


@pytest.mark.parametrize(
    ("request_", "status", "said"),
    [
        (event("/v1/models/other/invocations"), 404, "no model 'other' is served; models: eta, risk"),
        (event("/v1/health"), 404, "no model '' is served; models: eta, risk"),
        (event(body=None), 400, "the request has no body"),
        (event(body="%", isBase64Encoded=True), 400, "the body is no base64"),
        (
            event(headers={"content-type": "text/html"}),
            415,
            "content type 'text/html' is not understood; allowed are application/json, text/csv",
        ),
    ],
)
def test_a_wrong_request_is_refused_without_asking(runtime: Runtime, request_, status, said):
    given = answer.handle(request_, None)

    assert (given["statusCode"], json.loads(given["body"])) == (status, {"error": said})
    assert runtime.asked == {}


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (failed("ModelError", OriginalStatusCode=400, OriginalMessage="row 0: ..."), 400, "row 0: ..."),
        (failed("ModelError", OriginalStatusCode=500), 502, "the model failed"),
        (failed("ThrottlingException"), 503, "the endpoint is busy"),
        (failed("ValidationError"), 502, "the endpoint cannot be asked: ValidationError"),
        (ReadTimeoutError(endpoint_url="https://runtime"), 504, "the endpoint gave no answer within 25 s"),
        (ConnectTimeoutError(endpoint_url="u"), 502, "the endpoint cannot be asked: ConnectTimeoutError"),
    ],
)
def test_a_failure_says_whose_it_is(runtime: Runtime, error, status, said):
    runtime.error = error
    given = answer.handle(event(), None)

    assert (given["statusCode"], json.loads(given["body"])) == (status, {"error": said})
    assert given["headers"].get("retry-after") == ("1" if status == 503 else None)


def rest(path: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "httpMethod": "GET", "requestContext": {"requestId": "id-2"}, "body": None, **more}


def test_a_rest_api_s_query_is_one_row(runtime: Runtime):
    query = {"items": "2", "distance_km": "3.5"}
    given = answer.handle(rest("/v1/models/eta/predictions", queryStringParameters=query), None)

    assert given["statusCode"] == 200
    assert json.loads(runtime.asked["Body"]) == {"instances": [{"distance_km": 3.5, "items": 2.0}]}
    assert runtime.asked["InferenceId"] == "id-2"


@pytest.mark.parametrize(
    ("query", "said"),
    [(None, "the request has no row in its query"), ({"items": "two"}, "items is 'two'; a number is allowed")],
)
def test_a_query_that_is_no_row_is_refused(runtime: Runtime, query: dict[str, str] | None, said: str):
    given = answer.handle(rest("/v1/models/eta/predictions", queryStringParameters=query), None)

    assert (given["statusCode"], json.loads(given["body"])) == (400, {"error": said})
    assert runtime.asked == {}
