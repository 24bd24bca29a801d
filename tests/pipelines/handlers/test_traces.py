import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipelines.handlers import traces

PIPELINE = "mlops-test-eta-training"
EXECUTION = f"arn:aws:sagemaker:eu-west-1:123456789012:pipeline/{PIPELINE}/execution/abc123def456"
JOB = "arn:aws:sagemaker:eu-west-1:123456789012:processing-job/pipelines-abc123def456-Evaluate-1"
BEGAN = datetime(2026, 1, 31, 12, tzinfo=UTC)
EVENT = {"detail": {"pipelineExecutionArn": EXECUTION, "currentPipelineExecutionStatus": "Failed"}}


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


class Aws:
    """SageMaker and X-Ray, as far as the handler asks them."""

    def __init__(self, steps: list[dict[str, Any]], status: str = "Succeeded", reason: str | None = None) -> None:
        self.steps, self.written = steps, []
        self.refused: list[dict[str, str]] = []
        self.error: ClientError | None = None
        self.described = {
            "PipelineExecutionArn": EXECUTION,
            "PipelineExecutionStatus": status,
            "CreationTime": at(0),
            "LastModifiedTime": at(90),
            **({} if reason is None else {"FailureReason": reason}),
        }

    def describe_pipeline_execution(self, PipelineExecutionArn: str) -> dict[str, Any]:
        assert PipelineExecutionArn == EXECUTION
        return self.described

    def get_paginator(self, operation: str) -> "Aws":
        assert operation == "list_pipeline_execution_steps"
        return self

    def paginate(self, PipelineExecutionArn: str) -> list[dict[str, Any]]:
        assert PipelineExecutionArn == EXECUTION
        return [{"PipelineExecutionSteps": [step]} for step in self.steps]

    def put_trace_segments(self, TraceSegmentDocuments: list[str]) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        self.written += [json.loads(each) for each in TraceSegmentDocuments]
        return {"UnprocessedTraceSegments": self.refused}


STEPS = [
    {
        "StepName": "Evaluate",
        "StartTime": at(40),
        "EndTime": at(80),
        "StepStatus": "Failed",
        "FailureReason": "ClientError: evaluate: eta: no rows",
        "Metadata": {"ProcessingJob": {"Arn": JOB}},
    },
    {"StepName": "Snapshot", "StartTime": at(1), "EndTime": at(30), "StepStatus": "Succeeded", "Metadata": {}},
    {
        "StepName": "Train",
        "StartTime": at(31),
        "EndTime": at(31),
        "StepStatus": "Succeeded",
        "CacheHitResult": {"SourcePipelineExecutionArn": "arn:before"},
    },
    {"StepName": "Gate", "StepStatus": "Starting"},
]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    made = Aws(STEPS, "Failed", "Step failure: Evaluate")
    monkeypatch.setattr(traces, "client", lambda _service: made)
    monkeypatch.setenv("SETTINGS", '{"environment": "test"}')
    return made


def test_an_execution_is_a_trace_of_the_steps_that_ran_in_their_order(aws):
    answer = traces.handle(EVENT, None)
    (document,) = aws.written

    assert answer == {"trace": document["trace_id"]}
    assert document["trace_id"].startswith(f"1-{int(BEGAN.timestamp()):08x}-")
    assert len(document["trace_id"]) == 35
    assert document["name"] == PIPELINE
    assert (document["start_time"], document["end_time"]) == (at(0).timestamp(), at(90).timestamp())
    assert document["annotations"] == {
        "environment": "test",
        "pipeline": PIPELINE,
        "execution": "abc123def456",
        "status": "Failed",
    }
    assert [(each["name"], each["end_time"] - each["start_time"]) for each in document["subsegments"]] == [
        ("Snapshot", 29),
        ("Evaluate", 40),
    ]


def test_what_failed_is_a_fault_with_its_reason_and_its_job(aws):
    traces.handle(EVENT, None)
    snapshot, evaluate = aws.written[0]["subsegments"]

    assert (aws.written[0]["fault"], evaluate["fault"]) == (True, True)
    assert evaluate["cause"]["exceptions"][0]["message"] == "ClientError: evaluate: eta: no rows"
    assert evaluate["metadata"] == {"sagemaker": {"job": JOB}}
    assert not {"fault", "error", "cause", "metadata"} & set(snapshot)


def test_what_somebody_stopped_is_no_fault(aws, monkeypatch):
    stopped = Aws([{"StepName": "Train", "StartTime": at(3), "StepStatus": "Stopped"}], "Stopped")
    monkeypatch.setattr(traces, "client", lambda _service: stopped)
    traces.handle(EVENT, None)
    (document,) = stopped.written

    assert (document["error"], document["subsegments"][0]["error"]) == (True, True)
    assert "fault" not in document
    assert document["subsegments"][0]["end_time"] == at(90).timestamp()  # it ended with the execution


def test_the_same_event_gives_the_same_trace_and_every_part_an_id_of_its_own(aws):
    traces.handle(EVENT, None)
    traces.handle(EVENT, None)
    first, second = aws.written

    assert first == second
    ids = [first["id"], *(each["id"] for each in first["subsegments"])]
    assert len(set(ids)) == len(ids)
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in ids)


def test_a_trace_that_is_not_taken_costs_a_line_in_the_log(aws, capsys):
    aws.refused = [{"ErrorCode": "ParseError", "Message": "no"}]
    assert traces.handle(EVENT, None) == {"trace": ""}
    aws.error = ClientError({"Error": {"Code": "ThrottledException", "Message": "slow down"}}, "PutTraceSegments")
    assert traces.handle(EVENT, None) == {"trace": ""}

    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{EXECUTION} has no trace: ParseError: no"
    assert "ThrottledException" in said[1]
