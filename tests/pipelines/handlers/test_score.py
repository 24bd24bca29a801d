import base64
import hashlib
import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipelines.handlers import score

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"


class Clock:
    """What Lambda says of an invocation: the time that is left at each question."""

    def __init__(self, *left: int) -> None:
        self.left = list(left)

    def get_remaining_time_in_millis(self) -> int:
        return self.left.pop(0) if self.left else 120_000


CONTEXT = Clock()


class Aws:
    """All clients in one: what was asked, and what was left."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.objects: dict[str, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []
        self.records: list[dict[str, Any]] = []

    def invoke_endpoint(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        if b"fails" in asked["Body"]:
            raise ClientError({"Error": {"Code": "ModelError", "Message": "no"}}, "InvokeEndpoint")
        return {"Body": io.BytesIO(b'{"predictions": [1]}')}

    def get_object(self, **asked: Any) -> dict[str, Any]:
        return {"Body": io.BytesIO(json.dumps(asked).encode()), "ETag": '"e"'}

    def put_object(self, **given: Any) -> None:
        self.objects[f"s3://{given.pop('Bucket')}/{given.pop('Key')}"] = given

    def send_message(self, **given: Any) -> None:
        self.messages.append(given)

    def put_record(self, **given: Any) -> None:
        self.records.append(given)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    found = Aws()
    for name, value in {"ENDPOINT": "mlops-test-eta", "RESULTS": "s3://curated/eta/answers", "KEY_ARN": KEY}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(score.boto3, "client", lambda *_, **__: found)
    return found


def record(identity: str, body: bytes) -> dict[str, Any]:
    return {"eventSource": "aws:kinesis", "eventID": identity, "data": base64.b64encode(body).decode()}


def message(identity: str, body: object) -> dict[str, Any]:
    return {"eventSource": "aws:sqs", "messageId": identity, "body": body}


def landed(key: str, **more: Any) -> str:
    detail = {"bucket": {"name": "raw"}, "object": {"key": key, **more}}
    return json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": detail})


def name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def test_each_events_answer_lies_encrypted_under_its_own_name(aws: Aws):
    given = score.handle([record("shard-1:7", b'{"instances": []}'), message("m-1", '{"instances": [{}]}')], CONTEXT)

    assert given == {"batchItemFailures": []}
    assert [asked["Body"] for asked in aws.asked] == [b'{"instances": []}', b'{"instances": [{}]}']
    assert {asked["EndpointName"] for asked in aws.asked} == {"mlops-test-eta"}
    assert aws.objects == {
        f"s3://curated/eta/answers/{name(identity)}.json": {
            "Body": b'{"predictions": [1]}',
            "ContentType": "application/json",
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": KEY,
        }
        for identity in ("shard-1:7", "m-1")
    }


def test_an_event_that_comes_twice_leaves_one_answer(aws: Aws):
    for _ in range(2):
        score.handle([record("shard-1:7", b"{}")], CONTEXT)

    assert len(aws.objects) == 1
    assert {asked["InferenceId"] for asked in aws.asked} == {name("shard-1:7")}


def test_only_the_events_that_failed_are_handed_back(aws: Aws):
    events = [record("a", b'"fails"'), record("b", b"{}"), record("c", b"no json"), message("d", None)]

    given = score.handle(events, CONTEXT)

    assert given == {"batchItemFailures": [{"itemIdentifier": each} for each in ("a", "c", "d")]}
    assert list(aws.objects) == [f"s3://curated/eta/answers/{name('b')}.json"]


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": []}),
        json.dumps({"source": "aws.s3", "detail-type": "Object Created"}),
    ],
)
def test_no_event_is_so_wrong_that_it_takes_others_with_it(aws: Aws, body: str):
    given = score.handle([message("bad", body), record("good", b"{}")], CONTEXT)

    assert given == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert list(aws.objects) == [f"s3://curated/eta/answers/{name('good')}.json"]


def test_a_record_that_is_no_base64_is_handed_back(aws: Aws):
    bad = {"eventID": "bad", "data": "\u20ac"}

    assert score.handle([bad], CONTEXT) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}


def test_what_there_is_no_time_for_is_handed_back_before_the_handler_is_cut_off(aws: Aws):
    given = score.handle([record(each, b"{}") for each in "abc"], Clock(120_000, 69_000, 68_000))

    assert given == {"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "c"}]}
    assert len(aws.asked) == 1


def test_a_landed_object_is_asked_about_once_for_each_of_its_versions(aws: Aws):
    notice = landed("eta/events/1.json", **{"version-id": "v1"})
    for identity in ("m-1", "m-2"):
        score.handle([message(identity, notice)], CONTEXT)

    assert json.loads(aws.asked[0]["Body"]) == {"Bucket": "raw", "Key": "eta/events/1.json", "VersionId": "v1"}
    assert list(aws.objects) == [f"s3://curated/eta/answers/{name('raw/eta/events/1.json/v1')}.json"]


def test_an_unversioned_object_is_named_after_its_content(aws: Aws):
    score.handle([message("m-1", landed("eta/events/1.json"))], CONTEXT)

    assert list(aws.objects) == ["s3://curated/eta/answers/" + name('raw/eta/events/1.json/"e"') + ".json"]


def test_answers_go_to_a_queue(aws: Aws, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RESULTS", "https://sqs.us-east-1.amazonaws.com/1/answers")
    score.handle([message("m-1", "{}")], CONTEXT)

    (sent,) = aws.messages
    assert (sent["QueueUrl"], sent["MessageBody"]) == (
        "https://sqs.us-east-1.amazonaws.com/1/answers",
        '{"predictions": [1]}',
    )
    assert sent["MessageAttributes"]["event"]["StringValue"] == name("m-1")


def test_answers_go_to_a_stream(aws: Aws, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RESULTS", "mlops-test-eta-answers")
    score.handle([message("m-1", "{}")], CONTEXT)

    (put,) = aws.records
    assert (put["StreamName"], put["PartitionKey"]) == ("mlops-test-eta-answers", name("m-1"))
    assert json.loads(put["Data"]) == {"event": name("m-1"), "answer": {"predictions": [1]}}


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        ({}, "the batch is dict; a list of events is expected"),
        ([{"body": "{}"}], "an event has neither eventID nor messageId"),
        ([3], "an event has neither eventID nor messageId"),
    ],
)
def test_a_batch_of_which_nothing_could_be_handed_back_fails_whole(aws: Aws, batch, said):
    with pytest.raises(score.Malformed, match=said):
        score.handle(batch, CONTEXT)
