"""approve, deploy, predict: a registered model serves."""

from dataclasses import asdict
from typing import Any

from contracts.pipelines import File
from estate.rehearsal.context import Rehearsal
from estate.rehearsal.stage import Evidence, StageFailed, require
from estate.rehearsal.stages.learning import newest
from estate.rehearsal.stages.provisioning import apply
from estate.rehearsal.traffic import measure, send
from estate.release.account import ReleaseError
from estate.release.packages import approve as approve_package
from estate.release.promote import promote
from estate.release.verify import verify

APPROVER = "rehearsal"


def approve(rehearsal: Rehearsal) -> Evidence:
    """A package that nobody approved is refused; then it is approved, with who and why."""
    return {model: _approved(rehearsal, model) for model in rehearsal.stories}


def _approved(rehearsal: Rehearsal, model: str) -> Evidence:
    arn = rehearsal.stories[model].packages[-1]
    try:
        promote(rehearsal.estate, model, int(arn.rpartition("/")[2]))
    except ReleaseError as refusal:
        refused = str(refusal)
    else:
        raise StageFailed(f"{model}: a package that nobody approved was released")
    package = approve_package(rehearsal.estate, arn, who=APPROVER, why="the gate is met on held-out rows")
    return {"refused_before": refused, "status": package.status, "description": package.description}


def deploy(rehearsal: Rehearsal) -> Evidence:
    """Pins the releases and runs the program again: only what changed is touched, and a third run does nothing."""
    pinned = {model: promote(rehearsal.estate, model).version for model in rehearsal.stories}
    steps = [step for step in apply(rehearsal) if step.op not in ("same", "read")]
    evidence: Evidence = {"pinned": pinned, "steps": [f"{step.op} {step.type} {step.name}" for step in steps]}
    touched = [f"{step.op} {step.name}" for step in steps if step.op not in ("create", "update")]
    require(not touched, f"a first release replaced or deleted: {', '.join(touched)}", evidence)
    again = [f"{step.op} {step.name}" for step in apply(rehearsal) if step.op not in ("same", "read")]
    require(not again, f"an unchanged run did: {', '.join(again)}", evidence)
    verdicts = [asdict(verdict) for verdict in verify(rehearsal.estate)]
    wrong = [f"{verdict['model']}: {verdict['difference']}" for verdict in verdicts if verdict["difference"]]
    evidence |= {"unchanged_run": len(again), "endpoints": verdicts}
    require(not wrong, "; ".join(wrong), evidence)
    return evidence


def predict(rehearsal: Rehearsal) -> Evidence:
    """The endpoints answer on the held-out rows with the registered metrics, and the traffic is captured."""
    return {model: _predicted(rehearsal, model) for model in rehearsal.stories}


def _predicted(rehearsal: Rehearsal, model: str) -> Evidence:
    found = rehearsal.outputs(model)
    workload = rehearsal.stories[model].workload
    rows = rehearsal.read_table(newest(rehearsal, found.features_uri, File.HOLDOUT))
    predictions, seconds = send(rehearsal, model, rows)
    value = measure(workload, rows[workload.data.label], predictions)
    package = rehearsal.cloud.client("sagemaker").describe_model_package(
        ModelPackageName=rehearsal.stories[model].packages[-1]
    )
    recorded = float(package["CustomerMetadataProperties"][workload.gate.metric])
    rehearsal.cloud.flush()
    captured = [item for item in rehearsal.list_objects(found.capture_uri) if item.endswith(".jsonl")]
    evidence: dict[str, Any] = {
        "rows": len(rows),
        "seconds": round(seconds, 3),
        "metric": workload.gate.metric,
        "live": value,
        "registered": recorded,
        "capture_files": len(captured),
    }
    require(abs(value - recorded) <= 1e-4 * max(1.0, abs(recorded)), f"{model}: live and registered differ", evidence)
    require(bool(captured), f"{model}: no captured traffic under {found.capture_uri}", evidence)
    return evidence
