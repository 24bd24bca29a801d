# ruff: noqa: S310  the process and the address are our own
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy
import pytest

from pipelines import inference, modelling, workload
from pipelines.errors import JobError
from pipelines.serving import __main__ as serving
from pipelines.serving.app import application
from tests.pipelines.conftest import IMAGE

TUMOR = workload.load("tumor-screening")


@pytest.fixture(scope="module")
def rows():
    table = TUMOR.data.rows({})
    return {name: table[name].to_numpy() for name in [*TUMOR.contract.features, "malignant"]}


@pytest.fixture(scope="module")
def model_folder(rows, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("opt-ml") / "model"
    modelling.save(modelling.train(TUMOR.contract, rows, {"rounds": 20}, "digest"), folder)
    return folder


def call(app, path: str, body: bytes = b"", content_type: str | None = "application/json", method: str = "POST"):
    """One request to an ASGI app, without a socket: status and body."""
    answer: dict[str, object] = {"body": b""}
    headers = [(b"content-type", content_type.encode())] if content_type is not None else []
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": headers,
        "query_string": b"",
        "raw_path": path.encode(),
    }
    parts = [body[:1000], body[1000:]]

    async def receive():
        part = parts.pop(0) if parts else b""
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message):
        if message["type"] == "http.response.start":
            answer["status"] = message["status"]
        else:
            answer["body"] += message.get("body", b"")

    asyncio.run(app(scope, receive, send))
    return answer["status"], answer["body"]


def test_ping_says_that_the_model_is_loaded(model_folder):
    assert call(application("tumor-screening", model_folder), "/ping", method="GET") == (200, b"")


def test_answers_are_the_models_predictions(model_folder, rows):
    status, body = call(
        application("tumor-screening", model_folder), "/invocations", inference.request(TUMOR.contract, rows)
    )
    direct = modelling.predict(modelling.load(model_folder), rows)
    assert status == 200
    assert json.loads(body) == {"predictions": [float(value) for value in direct]}


def test_csv_is_answered_too(model_folder, rows):
    names = list(TUMOR.contract.features)
    text = ",".join(names) + "\n" + ",".join(repr(float(rows[name][0])) for name in names)
    status, body = call(application("tumor-screening", model_folder), "/invocations", text.encode(), "text/csv")
    direct = modelling.predict(modelling.load(model_folder), {name: rows[name][:1] for name in names})
    assert (status, json.loads(body)["predictions"]) == (200, [float(direct[0])])


@pytest.mark.parametrize(
    ("body", "content_type", "status", "message"),
    [
        (b"{", "application/json", 400, "the request is no JSON"),
        (b'{"instances": [{}]}', None, 400, "row 0: lacks feature 'mean_radius'"),
        (b"", "image/png", 415, "content type 'image/png' is not understood"),
        (b"x" * 5001, "application/json", 413, "the request is longer than 5000 bytes; send fewer rows"),
    ],
)
def test_a_wrong_request_is_refused_with_its_reason(model_folder, body, content_type, status, message):
    app = application("tumor-screening", model_folder, largest=5000)
    found, answer = call(app, "/invocations", body, content_type)
    assert found == status
    assert message in json.loads(answer)["error"]


def test_a_model_that_breaks_is_a_500_which_leaves_the_connection_open(model_folder, rows, monkeypatch, caplog):
    def broken(*_: object) -> None:
        raise RuntimeError("the model is gone")

    monkeypatch.setattr(workload.load("tumor-screening").model, "predict", broken)
    body = inference.request(TUMOR.contract, rows)
    # A server closes the connection of an app that raises; this one answers.
    assert call(application("tumor-screening", model_folder), "/invocations", body) == (500, b"Internal Server Error")
    assert "the model is gone" in caplog.text


def test_an_app_without_a_model_does_not_start(tmp_path):
    with pytest.raises(JobError, match="holds no model"):
        application("tumor-screening", tmp_path)


def serve(folder: Path, **env: str) -> subprocess.Popen[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(IMAGE), "ESTATE_ML_ROOT": str(folder), **env}
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines.serving", "serve"],
        env=environment,
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_host_listens_where_it_is_told_and_ends_on_sigterm(model_folder, rows):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    host = serve(
        model_folder.parent,
        ESTATE_WORKLOAD="tumor-screening",
        SAGEMAKER_BIND_TO_PORT=str(port),
        ESTATE_BIND_HOST="127.0.0.1",
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/ping")
        first = {name: values[:1] for name, values in rows.items()}
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/invocations",
            data=inference.request(TUMOR.contract, first),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            predictions = json.loads(answer.read())["predictions"]
        direct = modelling.predict(modelling.load(model_folder), first)
        assert numpy.array_equal(predictions, direct.astype(float))
    finally:
        host.send_signal(signal.SIGTERM)
        _, errors = host.communicate(timeout=20)
    assert (host.returncode, errors) == (0, "")


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("arguments", "env", "message"),
    [
        (["train"], {}, "the only command is `serve`"),
        (["serve"], {}, "ESTATE_WORKLOAD is not set"),
        (["serve"], {"ESTATE_WORKLOAD": "unknown"}, "workload 'unknown' does not exist"),
        (["serve"], {"ESTATE_WORKLOAD": "tumor-screening", "SAGEMAKER_BIND_TO_PORT": "x"}, "a number from 1 to 65535"),
    ],
)
def test_a_host_that_cannot_start_says_why(model_folder, monkeypatch, capsys, arguments, env, message):
    for name, value in {"ESTATE_ML_ROOT": str(model_folder.parent), **env}.items():
        monkeypatch.setenv(name, value)
    assert serving.main(arguments) == 2
    errors = capsys.readouterr().err
    assert len(errors.splitlines()) == 1
    assert message in errors
