import json

import pytest

from components.streaming.scored_events import ScoredEvents, ScoredEventsArgs

LAKE = {
    "landing": "raw",
    "landing_arn": "arn:aws:s3:::raw",
    "answers": "curated",
    "answers_arn": "arn:aws:s3:::curated",
    "key_arn": "arn:data-key",
}


@pytest.fixture
def made(record, place):
    def make(source, **changes):
        args = ScoredEventsArgs.model_validate(
            {
                "placement": place,
                "model": "eta",
                "endpoint_name": "mlops-test-eta",
                "endpoint_arn": "arn:endpoint/eta",
                "source": source,
                "batch": 10,
                "window_seconds": 2,
                "attempts": 3,
                "lake": LAKE,
                "code": {"score.py": "handle = None"},
                "permission_boundary_arn": "arn:boundary",
                "key_arn": "arn:logs-key",
                "log_retention_days": 30,
                **changes,
            }
        )
        return record(lambda: ScoredEvents("eta-events", args))

    return make


def arn(result, name):
    return result.made(name).outputs["arn"]


def test_a_stream_is_encrypted_and_its_bad_records_hold_nothing_up(made):
    result = made("kinesis")
    stream, pipe = result.named("eta-events-stream"), result.named("eta-events-pipe")

    assert (stream["encryptionType"], stream["kmsKeyId"]) == ("KMS", "arn:data-key")
    assert stream["streamModeDetails"] == {"streamMode": "ON_DEMAND"}
    assert pipe["source"] == arn(result, "eta-events-stream")
    assert pipe["sourceParameters"]["kinesisStreamParameters"] == {
        "startingPosition": "TRIM_HORIZON",
        "batchSize": 10,
        "maximumBatchingWindowInSeconds": 2,
        "maximumRetryAttempts": 2,
        "maximumRecordAgeInSeconds": 172_800,
        "onPartialBatchItemFailure": "AUTOMATIC_BISECT",
        "deadLetterConfig": {"arn": arn(result, "eta-events-dead-letters")},
    }


def test_shards_are_counted_where_a_number_is_given(made):
    stream = made("kinesis", shards=2).named("eta-events-stream")

    assert (stream["shardCount"], stream["streamModeDetails"]) == (2, {"streamMode": "PROVISIONED"})


def test_a_queue_gives_a_message_three_tries_and_does_not_hand_it_out_meanwhile(made):
    result = made("queue")
    queue = result.named("eta-events-queue")

    assert json.loads(queue["redrivePolicy"]) == {
        "deadLetterTargetArn": arn(result, "eta-events-dead-letters"),
        "maxReceiveCount": 3,
    }
    assert queue["visibilityTimeoutSeconds"] == 6 * result.named("eta-events-handler-function")["timeout"]
    assert queue["kmsMasterKeyId"] == "arn:logs-key"
    assert result.statements("eta-events-queue-policy").keys() == {"TlsOnly"}


def test_landed_objects_come_through_a_rule_that_alone_may_send(made):
    result = made("objects")
    pattern = json.loads(result.named("eta-events-landed")["eventPattern"])

    assert pattern["detail"] == {"bucket": {"name": ["raw"]}, "object": {"key": [{"prefix": "eta/events/"}]}}
    sender = result.statements("eta-events-queue-policy")["LandedObjects"]
    assert sender["Condition"] == {"ArnEquals": {"aws:SourceArn": arn(result, "eta-events-landed")}}
    assert result.named("eta-events-target")["arn"] == arn(result, "eta-events-queue")
    read = result.statements("eta-events-handler-policy")["ReadLanded"]
    assert read["Resource"] == "arn:aws:s3:::raw/eta/events/*"


def test_the_pipe_hears_which_events_failed_and_logs_errors(made):
    result = made("queue")
    pipe = result.named("eta-events-pipe")

    assert pipe["target"] == arn(result, "eta-events-handler-function")
    assert pipe["targetParameters"] == {"lambdaFunctionParameters": {"invocationType": "REQUEST_RESPONSE"}}
    assert pipe["logConfiguration"] == {
        "level": "ERROR",
        "cloudwatchLogsLogDestination": {"logGroupArn": arn(result, "eta-events-pipe-log")},
    }


@pytest.mark.parametrize(
    ("source", "own"),
    [("kinesis", {"ReadStream", "OpenStream", "KeepFailures"}), ("queue", {"TakeMessages", "OpenMessages"})],
)
def test_the_pipe_may_read_its_source_and_call_the_handler(made, source, own):
    result = made(source)
    statements = result.statements("eta-events-pipe-policy")

    assert statements.keys() == {"Hand", "SealLetters", *own}
    assert statements["Hand"]["Resource"] == arn(result, "eta-events-handler-function")
    trust = result.statements("eta-events-pipe-role", "assumeRolePolicy")["0"]
    assert trust["Principal"] == {"Service": ["pipes.amazonaws.com"]}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


@pytest.mark.parametrize(
    ("results", "told", "action"),
    [
        ("objects", "s3://curated/eta/events/answers", "s3:PutObject"),
        ("queue", "url", "sqs:SendMessage"),
        ("kinesis", "name", "kinesis:PutRecord"),
    ],
)
def test_answers_go_where_they_are_wanted(made, results, told, action):
    result = made("kinesis", results=results)
    given = result.named("eta-events-handler-function")["environment"]["variables"]["RESULTS"]
    outputs = result.made("eta-events-answers").outputs if results != "objects" else {}

    assert given == outputs.get(told, told)
    assert result.statements("eta-events-handler-policy")["LeaveAnswers"]["Action"] == action


def test_a_dead_letter_is_told_of(made):
    alarm = made("queue").named("eta-events-dead-letters-alarm")

    assert (alarm["name"], alarm["metricName"], alarm["threshold"]) == (
        "mlops-test-dead-letters-eta-events",
        "ApproximateNumberOfMessagesVisible",
        1,
    )
    assert alarm["dimensions"] == {"QueueName": "mlops-test-eta-events-dead-letters"}
