"""`estate cloud` as a user runs it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from estate import exits
from estate.cloud.serve import ServeError, serve

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments: str, temporary: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "estate", "cloud", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def served(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = command("--region", "eu-central-1", "--account", "222233334444", "--speed", "30", temporary=tmp_path)
    yield process
    process.kill()
    process.communicate()


def test_it_serves_until_it_is_stopped_and_leaves_nothing(served: subprocess.Popen[str], tmp_path: Path) -> None:
    assert served.stdout is not None
    first = served.stdout.readline()
    assert re.match(r"# An emulated AWS: account 222233334444, eu-central-1, http://127\.0\.0\.1:\d+, until", first)
    exported = {}
    for _ in range(9):
        name, _, value = served.stdout.readline().removeprefix("export ").rstrip("\n").partition("=")
        exported[name] = value
    assert exported["AWS_DEFAULT_REGION"] == "eu-central-1"
    session = boto3.Session(
        exported["AWS_ACCESS_KEY_ID"], exported["AWS_SECRET_ACCESS_KEY"], region_name="eu-central-1"
    )
    client = session.client(
        "sts", endpoint_url=exported["AWS_ENDPOINT_URL"], config=Config(retries={"max_attempts": 0})
    )
    assert client.get_caller_identity()["Account"] == "222233334444"
    served.send_signal(signal.SIGINT)
    _, errors = served.communicate(timeout=30)
    assert (served.returncode, errors) == (0, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"account_id": "12"}, "--account 12: an account's id has 12 digits"),
        ({"region": "mars-1"}, "--region mars-1: SageMaker has no such region; it has: "),
        ({"speed": 0.0}, "--speed 0: must be above 0; 1 is real time"),
        ({"port": 70000}, "--port 70000: a port from 0 to 65535 is allowed"),
    ],
)
def test_a_wrong_argument_is_refused_before_anything_runs(more: dict[str, Any], message: str) -> None:
    said: list[str] = []
    given = {"account_id": "222233334444", "region": "eu-west-1", "port": 0, "speed": 1.0, **more}
    with pytest.raises(ServeError, match=re.escape(message)):
        serve(**given, say=said.append)
    assert said == []


def test_a_port_that_is_taken_is_refused() -> None:
    said: list[str] = []
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        message = f"--port {port}: another program listens there; another one, or 0 for a free one, would do"
        with pytest.raises(ServeError, match=f"^{re.escape(message)}$"):
            serve("222233334444", "eu-west-1", port, 1.0, said.append)
    assert said == []


def test_a_wrong_argument_is_one_message_and_status_2() -> None:
    assert f"{ServeError.__module__}.{ServeError.__name__}" in exits.MISTAKES
