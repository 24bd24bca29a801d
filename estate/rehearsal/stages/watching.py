"""monitor, drift, retrain: traffic is watched, and the estate learns again."""

import json
import time
from collections.abc import Callable
from typing import Any

from contracts.pipelines import Definition, File, Parameter
from estate.rehearsal.context import JOB_TIMEOUT_S, POLL_S, ModelStory, Rehearsal
from estate.rehearsal.incidents import handlers_said
from estate.rehearsal.stage import Evidence, StageFailed, StageSkipped, require
from estate.rehearsal.stages.learning import newest, registered
from estate.rehearsal.traffic import measure, send

ALARM_TIMEOUT_S = 30.0


def monitor(rehearsal: Rehearsal) -> Evidence:
    """Captured clean traffic shows no violation."""
    for model in rehearsal.stories:
        rehearsal.start(model, "monitor", Definition.MONITOR, {})
    return {model: _clean(rehearsal, model) for model in rehearsal.stories}


def _clean(rehearsal: Rehearsal, model: str) -> Evidence:
    rehearsal.follow(model, "monitor")
    evidence = _watched(rehearsal, model)
    found = evidence["drifted"] + evidence["violations"]
    require(not found, f"{model}: clean traffic violates: {', '.join(map(str, found))}", evidence)
    require(_alarm(rehearsal, model) != "ALARM", f"{model}: the drift alarm is on over clean traffic", evidence)
    return evidence


def _watched(rehearsal: Rehearsal, model: str) -> dict[str, Any]:
    uri = rehearsal.outputs(model).monitor_uri
    found = newest(rehearsal, uri, File.DRIFT)
    drift = json.loads(rehearsal.read_object(found))
    # Each monitor leaves a file of this name; data quality's lies beside the drift's.
    beside = f"{found.rpartition('/')[0]}/{File.VIOLATIONS}"
    violations = json.loads(rehearsal.read_object(beside))["violations"]
    monitors = json.loads(rehearsal.read_object(f"{found.rpartition('/')[0]}/{File.MONITORS}"))["monitors"]
    return {
        "rows": drift["rows"],
        "drifted": drift["drifted"],
        "violations": [f"{v['feature_name']}: {v['constraint_check_type']}" for v in violations],
        "monitors": {name: one["status"] for name, one in monitors.items()},
    }


def _alarm(rehearsal: Rehearsal, model: str) -> str:
    name = rehearsal.outputs(model).drift_alarm
    found = rehearsal.cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found[0]["StateValue"]


def drifting(rehearsal: Rehearsal) -> dict[str, ModelStory]:
    """The models whose world can move. Skips the stage where there is none."""
    stories = {name: s for name, s in rehearsal.stories.items() if s.workload.rehearsal.drifted is not None}
    if not stories:
        raise StageSkipped("no workload can land drifted rows (`rehearsal.drifted` in workload.yaml)")
    return stories


def drift(rehearsal: Rehearsal) -> Evidence:
    """Shifted traffic: its labelled rows land, the monitor sees it, and the alarm goes off."""
    return {model: _drifted(rehearsal, model, story) for model, story in drifting(rehearsal).items()}


def _drifted(rehearsal: Rehearsal, model: str, story: ModelStory) -> Evidence:
    options = json.dumps(story.workload.rehearsal.drifted, sort_keys=True)
    rehearsal.start(model, "drifted-data", Definition.DATA, {Parameter.INGEST_OPTIONS: options})
    rehearsal.follow(model, "drifted-data")
    found = rehearsal.outputs(model)
    rows = latest_rows(rehearsal, model)
    send(rehearsal, model, rows)
    rehearsal.cloud.flush()
    rehearsal.start(model, "drift-monitor", Definition.MONITOR, {})
    rehearsal.follow(model, "drift-monitor")
    evidence = _watched(rehearsal, model)
    require(bool(evidence["drifted"]), f"{model}: the shift was not noticed", evidence)
    _wait(lambda: _alarm(rehearsal, model) == "ALARM", f"{model}: {found.drift_alarm} did not go off", evidence)
    _note_distributions(rehearsal, model, evidence["drifted"], rows)
    return {**evidence, "sent": len(rows), "alarm": found.drift_alarm, "state": "ALARM"}


def _note_distributions(rehearsal: Rehearsal, model: str, features: list[str], live: Any) -> None:
    """Keeps, for the report, how each drifted feature is distributed in the training rows and in the traffic."""
    import numpy

    uri = rehearsal.outputs(model)
    trained = rehearsal.read_table(newest(rehearsal, uri.features_uri, File.TRAIN))
    found = json.loads(rehearsal.read_object(newest(rehearsal, uri.monitor_uri, File.DRIFT)))["features"]
    noted = {}
    for name in features:
        columns = {"baseline": trained[name].dropna(), "live": live[name].dropna()}
        edges = numpy.histogram_bin_edges(numpy.concatenate(list(columns.values())), bins=40)
        shares = {
            side: (numpy.histogram(column, edges)[0] / len(column)).round(5).tolist()
            for side, column in columns.items()
        }
        centres = ((edges[:-1] + edges[1:]) / 2).round(5).tolist()
        noted[name] = {"centres": centres, **shares, "p_value": found[name]["p_value"]}
    rehearsal.notes.setdefault("distributions", {})[model] = noted


def latest_rows(rehearsal: Rehearsal, model: str) -> Any:
    """The newest landed rows with their features, as a client that asked for predictions would have had them."""
    files = [item for item in rehearsal.list_objects(rehearsal.outputs(model).features_uri) if "/rows/" in item]
    return rehearsal.read_table(files[-1]).tail(2000)


def retrain(rehearsal: Rehearsal) -> Evidence:
    """The alarm's event started a training pipeline; its version beats the first on drifted held-out rows."""
    return {model: _retrained(rehearsal, model, story) for model, story in drifting(rehearsal).items()}


def _retrained(rehearsal: Rehearsal, model: str, story: ModelStory) -> Evidence:
    known = set(story.executions.values())
    try:
        _wait(
            lambda: _new_execution(rehearsal, model, known) is not None, f"{model}: the alarm started no pipeline", {}
        )
    except StageFailed as failure:
        raise StageFailed(str(failure), {"handlers": handlers_said(rehearsal)}) from None
    arn = _new_execution(rehearsal, model, known)
    assert arn is not None
    story.executions["retrain"] = arn
    first = registered_metadata(rehearsal, story.packages[0])
    second = registered(rehearsal, model, "retrain")
    rows = rehearsal.read_table(newest(rehearsal, rehearsal.outputs(model).features_uri, File.HOLDOUT))
    predictions, _ = send(rehearsal, model, rows)
    live = measure(story.workload, rows[story.workload.data.label], predictions)
    evidence = {
        "execution": arn,
        "trigger": _trigger(rehearsal, arn),
        "version": second["version"],
        "metric": second["metric"],
        "first_on_drifted": live,
        "second_on_drifted": second["value"],
        "digests": [first["snapshot_digest"], second["metadata"]["snapshot_digest"]],
    }
    better = second["value"] > live if story.workload.gate.direction == "maximize" else second["value"] < live
    require(better, f"{model}: the second version is no better on drifted rows", evidence)
    require(len(set(evidence["digests"])) == 2, f"{model}: both versions learned from one snapshot", evidence)
    return evidence


def registered_metadata(rehearsal: Rehearsal, arn: str) -> dict[str, str]:
    package = rehearsal.cloud.client("sagemaker").describe_model_package(ModelPackageName=arn)
    return package["CustomerMetadataProperties"]


def _new_execution(rehearsal: Rehearsal, model: str, known: set[str]) -> str | None:
    summaries = rehearsal.cloud.client("sagemaker").list_pipeline_executions(
        PipelineName=rehearsal.outputs(model).training_pipeline
    )["PipelineExecutionSummaries"]
    return next((s["PipelineExecutionArn"] for s in summaries if s["PipelineExecutionArn"] not in known), None)


def _trigger(rehearsal: Rehearsal, arn: str) -> str:
    parameters = rehearsal.cloud.client("sagemaker").list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    return next((p["Value"] for p in parameters["PipelineParameters"] if p["Name"] == Parameter.TRIGGER), "")


def _wait(condition: Callable[[], bool], otherwise: str, evidence: Evidence) -> None:
    deadline = time.monotonic() + min(ALARM_TIMEOUT_S, JOB_TIMEOUT_S)
    while not condition():
        if time.monotonic() > deadline:
            raise StageFailed(otherwise, evidence)
        time.sleep(POLL_S)
