"""Sessions and streams of an endpoint of two variants, through plain boto3."""

from typing import Any

from tests.cloud.services.endpoint_kit import ask, config, endpoint, metric, model, settled, variant
from tests.cloud.services.harness import Ground, answer_of


def test_a_session_stays_with_the_variant_that_made_it(ground: Ground, compared: str) -> None:
    made = ask(ground, compared, b"600", SessionId="NEW_SESSION")
    session, _, end = made["NewSessionId"].partition("; Expires=")
    assert end
    found = [ask(ground, compared, SessionId=session) for _ in range(20)]
    assert {item["InvokedProductionVariant"] for item in found} == {made["InvokedProductionVariant"]}
    closed = ask(ground, compared, b"close", SessionId=session)
    assert closed["ClosedSessionId"] == session
    error = answer_of(lambda: ask(ground, compared, SessionId=session))
    assert error["Error"]["Code"] == "ValidationError"
    assert f"Session {session}" in error["Error"]["Message"]


def test_a_container_without_sessions_makes_none(ground: Ground, compared: str) -> None:
    assert "NewSessionId" not in ask(ground, compared, b"stateless", SessionId="NEW_SESSION")


def test_a_session_ends_when_its_container_said(ground: Ground, compared: str) -> None:
    session = ask(ground, compared, b"-5", SessionId="NEW_SESSION")["NewSessionId"].partition(";")[0]
    assert "has expired" in answer_of(lambda: ask(ground, compared, SessionId=session))["Error"]["Message"]


def test_a_session_goes_with_its_fleet(ground: Ground) -> None:
    name = endpoint(ground, variant("all", model(ground, "old")))
    session = ask(ground, name, b"600", SessionId="NEW_SESSION")["NewSessionId"].partition(";")[0]
    new = config(ground, variant("all", model(ground, "new")))
    ground.client("sagemaker").update_endpoint(EndpointName=name, EndpointConfigName=new)
    settled(ground, name)
    assert f"Session {session}" in answer_of(lambda: ask(ground, name, SessionId=session))["Error"]["Message"]


def streamed(ground: Ground, name: str, body: bytes, **more: Any) -> Any:
    return ground.client("sagemaker-runtime").invoke_endpoint_with_response_stream(
        EndpointName=name, Body=body, ContentType="text/csv", **more
    )


def test_an_answer_comes_in_parts(ground: Ground, compared: str) -> None:
    found = streamed(ground, compared, b"stream", TargetVariant="a")
    assert (found["ContentType"], found["InvokedProductionVariant"]) == ("text/plain", "a")
    assert [event["PayloadPart"]["Bytes"] for event in found["Body"]] == [b"one ", b"two ", b"three"]
    assert metric(ground, "FirstChunkLatency", compared, "SampleCount", "a") == 1


def test_a_stream_that_breaks_says_so_in_the_stream(ground: Ground, compared: str) -> None:
    events = iter(streamed(ground, compared, b"break")["Body"])
    assert next(events)["PayloadPart"]["Bytes"] == b"one "
    error = answer_of(lambda: next(events))
    assert error["Error"]["Code"] == "ModelStreamError"


def test_a_models_error_comes_before_the_stream(ground: Ground, compared: str) -> None:
    error = answer_of(lambda: streamed(ground, compared, b"crash"))
    assert (error["Error"]["Code"], error["OriginalStatusCode"]) == ("ModelError", 500)


def test_a_stream_makes_no_session(ground: Ground, compared: str) -> None:
    error = answer_of(lambda: streamed(ground, compared, b"stream", SessionId="NEW_SESSION"))
    assert "made with InvokeEndpoint" in error["Error"]["Message"]
