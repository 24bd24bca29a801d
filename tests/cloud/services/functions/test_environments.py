"""An execution environment serves one invocation after another, as long as code and settings stay the same."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.cloud.services.events.test_events import zipped
from tests.cloud.services.harness import Ground, trust

COUNTING = """
import os, sys, time

count = 0

def handle(event, context):
    global count
    count += 1
    if event.get("read"):
        return sys.stdin.read()
    if event.get("exit"):
        os._exit(1)
    print("run", count)
    time.sleep(event.get("sleep", 0))
    return {"count": count, "process": os.getpid(), "stream": context.log_stream_name}
"""


@pytest.fixture
def function(ground: Ground) -> str:
    name = f"counting-{time.monotonic_ns()}"
    role = ground.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))
    ground.client("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=role["Role"]["Arn"], Handler="handler.handle", Timeout=5,
        Code={"ZipFile": zipped(COUNTING)},
    )  # fmt: skip
    return name


def invoke(ground: Ground, function: str, **event: Any) -> Any:
    answer = ground.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    return json.loads(answer["Payload"].read())


def test_what_a_module_keeps_is_there_at_the_next_invocation(ground: Ground, function: str) -> None:
    one, other = invoke(ground, function), invoke(ground, function)
    assert (one["count"], other["count"]) == (1, 2)
    assert (one["process"], one["stream"]) == (other["process"], other["stream"])


def test_invocations_at_once_have_an_environment_each(ground: Ground, function: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: invoke(ground, function, sleep=1), range(2)))
    assert [each["count"] for each in both] == [1, 1]
    assert both[0]["process"] != both[1]["process"]


@pytest.mark.parametrize(
    "change", [{"Timeout": 6}, {"Environment": {"Variables": {"A": "1"}}}], ids=["timeout", "environment"]
)
def test_other_settings_need_a_new_environment(ground: Ground, function: str, change: dict[str, Any]) -> None:
    before = invoke(ground, function)
    ground.client("lambda").update_function_configuration(FunctionName=function, **change)
    after = invoke(ground, function)
    assert after["count"] == 1
    assert after["process"] != before["process"]


def test_new_code_needs_a_new_environment(ground: Ground, function: str) -> None:
    invoke(ground, function)
    code = zipped(COUNTING.replace("count = 0", "count = 40"))
    ground.client("lambda").update_function_code(FunctionName=function, ZipFile=code)
    assert invoke(ground, function)["count"] == 41


def test_an_environment_whose_process_ended_is_not_used_again(ground: Ground, function: str) -> None:
    invoke(ground, function)
    failed = invoke(ground, function, exit=True)
    assert failed["errorType"] == "Runtime.ExitError"
    assert invoke(ground, function)["count"] == 1


def test_a_handlers_standard_input_is_empty(ground: Ground, function: str) -> None:
    assert invoke(ground, function, read=True) == ""
    assert invoke(ground, function)["count"] == 2
