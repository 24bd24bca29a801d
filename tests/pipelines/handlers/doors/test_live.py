import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipelines.handlers.doors import asking, live


class Line:
    """The management API of one connection: what was sent over it, until it is gone."""

    def __init__(self, stays: int = 99) -> None:
        self.said: list[dict[str, Any]] = []
        self.stays = stays

    def post_to_connection(self, ConnectionId: str, Data: bytes | str) -> None:
        if len(self.said) >= self.stays:
            raise ClientError({"Error": {"Code": "GoneException", "Message": ""}}, "PostToConnection")
        self.said.append(json.loads(Data))


class Context:
    """Lambda's, with so many seconds left: fewer with every look."""

    def __init__(self, seconds: float = 28, a_look: float = 0) -> None:
        self.seconds, self.a_look = seconds, a_look

    def get_remaining_time_in_millis(self) -> int:
        self.seconds -= self.a_look
        return round((self.seconds + self.a_look) * 1000)


def event(body: str | None, route: str = "predict", kind: str = "MESSAGE") -> dict[str, Any]:
    context = {"eventType": kind, "routeKey": route, "connectionId": "c1", "requestId": "r1"}
    return {"requestContext": context, "body": body}


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    made = Line()
    monkeypatch.setenv("ROWS_AT_ONCE", "2")
    monkeypatch.setattr(live.boto3, "client", lambda *_, **__: made)
    monkeypatch.setattr(live, "ask", answer)
    return made


def answer(model: str, body: bytes, _kind: str, _request: str, _seconds: float) -> dict[str, Any]:
    if model != "eta":
        raise asking.Refused(404, f"no model {model!r} is served; models: eta")

    class Body:
        def read(self) -> bytes:
            return json.dumps({"predictions": [row["x"] for row in json.loads(body)["instances"]]}).encode()

    return {"Body": Body(), "InvokedProductionVariant": "AllTraffic"}


def test_rows_are_answered_in_parts_in_their_order(line):
    asked = {"action": "predict", "id": "7", "model": "eta", "instances": [{"x": number} for number in range(3)]}

    assert live.handle(event(json.dumps(asked)), Context()) == {"statusCode": 200}
    assert line.said == [
        {"id": "7", "from": 0, "predictions": [0, 1], "variant": "AllTraffic"},
        {"id": "7", "from": 2, "predictions": [2], "variant": "AllTraffic"},
        {"id": "7", "done": True, "rows": 3},
    ]


@pytest.mark.parametrize(
    ("body", "route", "status", "said"),
    [
        ("no json", "predict", 400, "the message is no JSON"),
        ('{"model": "eta"}', "predict", 400, "a message is"),
        ('{"instances": [{"x": 1}]}', "$default", 400, "a message is"),
        ('{"model": "other", "instances": [{"x": 1}]}', "predict", 404, "no model 'other' is served"),
    ],
)
def test_what_cannot_be_answered_is_said_over_the_line(line, body, route, status, said):
    assert live.handle(event(body, route), Context()) == {"statusCode": 200}
    (only,) = line.said
    assert only["status"] == status
    assert only["error"].startswith(said)


@pytest.mark.parametrize(("kind", "route"), [("CONNECT", "$connect"), ("DISCONNECT", "$disconnect")])
def test_coming_and_going_needs_nothing_done(line, kind, route):
    assert live.handle(event(None, route, kind), Context()) == {"statusCode": 200}
    assert line.said == []


def test_nothing_more_is_asked_for_somebody_who_is_gone(line):
    line.stays = 1
    asked = {"model": "eta", "instances": [{"x": number} for number in range(9)]}

    assert live.handle(event(json.dumps(asked)), Context()) == {"statusCode": 410}
    assert len(line.said) == 1


def test_a_frame_that_is_too_long_is_told(line, monkeypatch):
    monkeypatch.setattr(live, "LONGEST", 40)
    live.handle(event(json.dumps({"id": "7", "model": "eta", "instances": [{"x": 1}]})), Context())
    assert line.said[0] == {"id": "7", "status": 413, "error": "an answer is longer than 40 bytes"}


def test_a_message_that_takes_too_long_is_told_how_far_it_came(line):
    asked = {"id": "7", "model": "eta", "instances": [{"x": number} for number in range(9)]}

    assert live.handle(event(json.dumps(asked)), Context(seconds=13, a_look=5)) == {"statusCode": 200}
    assert line.said[:-1] == [
        {"id": "7", "from": 0, "predictions": [0, 1], "variant": "AllTraffic"},
        {"id": "7", "from": 2, "predictions": [2, 3], "variant": "AllTraffic"},
    ]
    assert line.said[-1] == {
        "id": "7",
        "status": 504,
        "error": "the time of one message is over; ask again from row 4 on",
        "from": 4,
    }


def test_the_endpoint_is_waited_for_no_longer_than_there_is_time(line, monkeypatch):
    waited: list[float] = []

    def slow(model: str, body: bytes, kind: str, request: str, seconds: float) -> dict[str, Any]:
        waited.append(seconds)
        raise asking.Refused(504, f"the endpoint gave no answer within {seconds:.0f} s")

    monkeypatch.setattr(live, "ask", slow)
    live.handle(event(json.dumps({"id": "7", "model": "eta", "instances": [{"x": 1}]})), Context(seconds=28))
    live.handle(event(json.dumps({"id": "8", "model": "eta", "instances": [{"x": 1}]})), Context(seconds=10))

    assert waited == [25, 7]
    assert line.said[-1] == {"id": "8", "status": 504, "error": "the endpoint gave no answer within 7 s", "from": 0}
