"""data, features, train, register: rows become a registered model."""

import json
from typing import Any

from contracts.pipelines import Definition, File, Parameter, Step
from estate.rehearsal.context import Rehearsal
from estate.rehearsal.stage import Evidence, require
from estate.release.runs import Run


def data(rehearsal: Rehearsal) -> Evidence:
    """Lands each workload's rows and validates them; bad ones must be in quarantine and nowhere else."""
    for model, story in rehearsal.stories.items():
        options = json.dumps(story.workload.rehearsal.ingest, sort_keys=True)
        rehearsal.start(model, "data", Definition.DATA, {Parameter.INGEST_OPTIONS: options})
    return {model: _validated(rehearsal, model) for model in rehearsal.stories}


def _validated(rehearsal: Rehearsal, model: str) -> Evidence:
    rehearsal.follow(model, "data", until_step=Step.VALIDATE)
    found = rehearsal.outputs(model)
    report = _newest(rehearsal, found.quarantine_uri, File.VALIDATION)
    require(
        report["accepted"] + report["quarantined"] == report["rows"],
        f"{model}: of {report['rows']} rows {report['accepted']} were accepted and {report['quarantined']} were not",
        report,
    )
    curated, held = _rows(rehearsal, found.curated_uri), _rows(rehearsal, found.quarantine_uri)
    require(
        (curated, held) == (report["accepted"], report["quarantined"]),
        f"{model}: {curated} rows lie in the curated zone and {held} in quarantine; the report says otherwise",
        report,
    )
    return {**report, "curated_rows": curated}


def _rows(rehearsal: Rehearsal, uri: str) -> int:
    return sum(len(rehearsal.read_table(item)) for item in rehearsal.list_objects(uri) if item.endswith(".parquet"))


def features(rehearsal: Rehearsal) -> Evidence:
    """Features lie in the lake, are catalogued, and the online store answers the same values."""
    return {model: _featurized(rehearsal, model) for model in rehearsal.stories}


def _featurized(rehearsal: Rehearsal, model: str) -> Evidence:
    rehearsal.follow(model, "data")
    found = rehearsal.outputs(model)
    workload = rehearsal.stories[model].workload
    files = [item for item in rehearsal.list_objects(found.features_uri) if item.endswith(".parquet")]
    require(bool(files), f"{model}: no features under {found.features_uri}")
    offline = rehearsal.read_table(files[-1])
    newest = offline.sort_values([workload.data.event_time, workload.data.key]).iloc[-1]
    record = _online(rehearsal, found.feature_group, str(newest[workload.data.key]))
    compared = {name: (float(newest[name]), float(record[name])) for name in workload.features if name in record}
    wrong = {name: pair for name, pair in compared.items() if abs(pair[0] - pair[1]) > 1e-6 * max(1, abs(pair[0]))}
    total = sum(len(rehearsal.read_table(item)) for item in files)
    evidence = {"files": len(files), "rows": total, "online_key": str(newest[workload.data.key])}
    curated = _rows(rehearsal, found.curated_uri)
    require(total == curated, f"{model}: {curated} curated rows became {total} rows of features", evidence)
    require(bool(compared) and not wrong, f"{model}: online and offline differ: {wrong or 'no record'}", evidence)
    return {**evidence, "features_compared": len(compared), "tables": _catalogued(rehearsal, found.features_uri)}


def _online(rehearsal: Rehearsal, group: str, key: str) -> dict[str, str]:
    answer = rehearsal.cloud.client("sagemaker-featurestore-runtime").get_record(
        FeatureGroupName=group, RecordIdentifierValueAsString=key
    )
    return {item["FeatureName"]: item["ValueAsString"] for item in answer.get("Record", [])}


def _catalogued(rehearsal: Rehearsal, uri: str) -> list[str]:
    """Names of the Glue tables whose rows lie at `uri`."""
    glue = rehearsal.cloud.client("glue")
    names = [
        f"{table['DatabaseName']}.{table['Name']}"
        for database in glue.get_databases()["DatabaseList"]
        for table in glue.get_tables(DatabaseName=database["Name"])["TableList"]
        if table["StorageDescriptor"]["Location"].startswith(uri)
    ]
    require(bool(names), f"no table of the catalog points to {uri}")
    return sorted(names)


def train(rehearsal: Rehearsal) -> Evidence:
    """Runs the training pipelines, side by side."""
    for model in rehearsal.stories:
        rehearsal.start(model, "train", Definition.TRAINING, {Parameter.TRIGGER: "rehearsal"})
    return {model: _trained(rehearsal, model) for model in rehearsal.stories}


def _trained(rehearsal: Rehearsal, model: str) -> Evidence:
    run = rehearsal.follow(model, "train", until_step=Step.EVALUATE)
    return {"execution": run.arn, "steps": {step.name: step.status for step in run.steps}}


def register(rehearsal: Rehearsal) -> Evidence:
    """The pipelines registered a version each, with metrics, because the gate was met."""
    return {model: registered(rehearsal, model, "train") for model in rehearsal.stories}


def registered(rehearsal: Rehearsal, model: str, purpose: str) -> Evidence:
    """What the execution remembered under `purpose` registered; its ARN is added to the model's story."""
    run: Run = rehearsal.follow(model, purpose)
    step = run.step(Step.REGISTER) or next((s for s in run.steps if "RegisterModel" in s.metadata), None)
    require(step is not None, f"{model}: the pipeline registered nothing", {"steps": [s.name for s in run.steps]})
    assert step is not None
    arn = step.metadata["RegisterModel"]["Arn"]
    package = rehearsal.cloud.client("sagemaker").describe_model_package(ModelPackageName=arn)
    rehearsal.stories[model].packages.append(arn)
    metadata = package.get("CustomerMetadataProperties", {})
    metric = rehearsal.stories[model].workload.gate.metric
    require(metric in metadata, f"{model}: registered without {metric}", {"metadata": metadata})
    return {
        "version": package["ModelPackageVersion"],
        "status": package["ModelApprovalStatus"],
        "package": arn,
        "metric": metric,
        "value": float(metadata[metric]),
        "metadata": metadata,
    }


def _newest(rehearsal: Rehearsal, uri: str, file: File) -> dict[str, Any]:
    return json.loads(rehearsal.read_object(newest(rehearsal, uri, file)))


def newest(rehearsal: Rehearsal, uri: str, file: File) -> str:
    """URI of the newest object named `file` under `uri`; fails the stage where there is none."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    pages = rehearsal.cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = [item for page in pages for item in page.get("Contents", []) if item["Key"].endswith(f"/{file}")]
    require(bool(found), f"no {file} under {uri}")
    return f"s3://{bucket}/{max(found, key=lambda item: item['LastModified'])['Key']}"
