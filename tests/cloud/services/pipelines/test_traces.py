"""The trace of an execution that really ran, as X-Ray gives it back."""

import json

import pytest

from pipelines.handlers import traces
from tests.cloud.services.harness import Ground
from tests.cloud.services.pipeline_kit import create, ended, process, start


def test_an_execution_that_ended_is_found_in_x_ray_with_its_job(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "client", ground.client)
    monkeypatch.setenv("SETTINGS", '{"environment": "test"}')
    pipeline = create(ground, process(ground, "Job"))
    execution = start(ground, pipeline)
    status, steps = ended(ground, execution)

    told = traces.handle({"detail": {"pipelineExecutionArn": execution}}, None)

    (found,) = ground.client("xray").batch_get_traces(TraceIds=[told["trace"]])["Traces"]
    document = json.loads(found["Segments"][0]["Document"])
    (job,) = document["subsegments"]
    assert (document["name"], document["annotations"]["status"]) == (pipeline, status)
    assert job["metadata"]["sagemaker"]["job"] == steps["Job"]["Metadata"]["ProcessingJob"]["Arn"]
    assert document["start_time"] <= job["start_time"] < job["end_time"] <= document["end_time"]
