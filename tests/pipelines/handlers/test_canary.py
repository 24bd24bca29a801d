"""The canary's script: what it sends, what it takes for an answer, and what fails a run."""

import io
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pipelines.handlers import canary


class Door(HTTPServer):
    """Answers one request as it is told, and keeps what it was asked."""

    def __init__(self, status: int, answer: bytes) -> None:
        self.asked: dict = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.asked = {"path": self.path, "body": json.loads(body), "headers": dict(self.headers)}
                self.send_response(status)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *_: object) -> None:
                """Nothing is said on the terminal."""

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def asked(monkeypatch):
    """Runs the canary through a door that answers so."""
    for key, value in {
        "ROW": '{"items": 2}',
        "SLOWEST_MS": "5000",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }.items():
        monkeypatch.setenv(key, value)
    doors = []

    def run(status=200, answer=b'{"predictions": [31.5]}', **environment):
        door = Door(status, answer)
        doors.append(door)
        threading.Thread(target=door.handle_request, daemon=True).start()
        monkeypatch.setenv("URL", f"http://127.0.0.1:{door.server_port}/v1/models/eta/invocations")
        for key, value in environment.items():
            monkeypatch.setenv(key, value)
        return door, canary.handler({}, None)

    yield run
    for door in doors:
        door.server_close()


def test_the_request_is_signed_for_the_api_and_holds_the_row(asked):
    door, said = asked()

    assert said.startswith("answered 31.5 after ")
    assert (door.asked["path"], door.asked["body"]) == ("/v1/models/eta/invocations", {"instances": [{"items": 2}]})
    headers = {name.lower(): value for name, value in door.asked["headers"].items()}
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/")
    assert "/eu-west-1/execute-api/aws4_request" in headers["authorization"]


@pytest.mark.parametrize(
    ("status", "answer", "says"),
    [
        (503, b"busy", "status 503: busy"),
        (200, b"<html>", "the answer has not one prediction: <html>"),
        (200, b'{"predictions": [1, 2]}', "the answer has not one prediction"),
        (200, b'{"predictions": ["often"]}', "the answer has not one prediction"),
        (200, b'{"predictions": [NaN]}', "the prediction is nan"),
    ],
)
def test_what_is_no_answer_fails_the_run(asked, status, answer, says):
    with pytest.raises(canary.Failed, match=says):
        asked(status, answer)


def test_an_answer_that_comes_too_late_fails_the_run(asked):
    with pytest.raises(canary.Failed, match="0 ms are allowed"):
        asked(SLOWEST_MS="0")


def test_an_endpoint_is_asked_by_its_name(monkeypatch):
    class Runtime:
        def invoke_endpoint(self, **given):
            self.given = given
            return {"Body": io.BytesIO(b'{"predictions": [0.25]}')}

    runtime = Runtime()
    monkeypatch.setattr(canary.boto3, "client", lambda service: {"sagemaker-runtime": runtime}[service])
    for key, value in {"ROW": '{"a": 1}', "SLOWEST_MS": "5000", "ENDPOINT": "mlops-dev-eta"}.items():
        monkeypatch.setenv(key, value)
    monkeypatch.delenv("URL", raising=False)

    assert canary.handler({}, None).startswith("answered 0.25 after ")
    assert (runtime.given["EndpointName"], json.loads(runtime.given["Body"])) == (
        "mlops-dev-eta",
        {"instances": [{"a": 1}]},
    )
