"""The three definitions: data, training, monitor."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import boto3

from contracts.pipelines import Definition, File, Parameter, Step
from pipelines.definitions.requests import RequestStep, parameter, processing, training, under
from pipelines.definitions.sdk import (
    ConditionGreaterThanOrEqualTo,
    ConditionStep,
    ExecutionVariables,
    FailStep,
    Join,
    JsonGet,
    Pipeline,
    PropertyFile,
    Session,
    StepTypeEnum,
)
from pipelines.definitions.sdk import Step as SdkStep

EXECUTION = ExecutionVariables.PIPELINE_EXECUTION_ID
# A definition serves every workload, so the metric that a workload's gate does not use is registered as `none`.
REGISTERED = ("metric", "threshold", "baseline", "gain", "rows", "roc_auc", "mae")


def data_steps() -> list[SdkStep]:
    """Lands the workload's rows, checks them against the contract, and makes features of the good ones."""
    ingest = processing(
        Step.INGEST,
        "ingest",
        ["--options", parameter(Parameter.INGEST_OPTIONS)],
        outputs={"raw": parameter(Parameter.RAW_URI)},
    )
    validate = processing(
        Step.VALIDATE,
        "validate",
        inputs={"raw": ingest.output("raw")},
        outputs={
            "curated": parameter(Parameter.CURATED_URI),
            "quarantine": parameter(Parameter.QUARANTINE_URI),
            # Athena reads no file under a folder whose name begins with an underscore: the report is no row.
            "report": under(parameter(Parameter.QUARANTINE_URI), "_reports", EXECUTION),
        },
        isolated=True,
    )
    featurize = processing(
        Step.FEATURIZE,
        "featurize",
        ["--feature-group", parameter(Parameter.FEATURE_GROUP)],
        inputs={"curated": validate.output("curated")},
        outputs={"features": under(parameter(Parameter.FEATURES_URI), "rows")},
    )
    return [ingest, validate, featurize]


def training_steps() -> list[SdkStep]:
    """Takes a snapshot, trains on its older part, evaluates on the newer, registers what meets the gate."""
    features, models = parameter(Parameter.FEATURES_URI), parameter(Parameter.MODELS_URI)
    monitor = parameter(Parameter.MONITOR_URI)
    described = PropertyFile(name="SnapshotReport", output_name="snapshot", path=File.SNAPSHOT.value)
    snapshot = processing(
        Step.SNAPSHOT,
        "snapshot",
        inputs={"features": under(features, "rows")},
        outputs={
            "train": under(features, "snapshots", EXECUTION, "train"),
            "holdout": under(features, "snapshots", EXECUTION, "holdout"),
            "snapshot": under(features, "snapshots", EXECUTION, "report"),
            "baseline": under(monitor, "baselines", EXECUTION),
            "newest-baseline": under(monitor, "baseline"),
        },
        isolated=True,
        property_files=[described],
    )
    train = training(
        Step.TRAIN,
        "train",
        {"train": snapshot.output("train"), "snapshot": snapshot.output("snapshot")},
        under(models, "artifacts"),
    )
    evaluated = PropertyFile(name="EvaluationReport", output_name="evaluation", path=File.EVALUATION.value)
    evaluate = processing(
        Step.EVALUATE,
        "evaluate",
        [
            *("--release", parameter(Parameter.RELEASE)),
            *("--environment", parameter(Parameter.ENVIRONMENT)),
            *("--tracking", parameter(Parameter.TRACKING)),
            *("--run", EXECUTION),
        ],
        inputs={
            "model": train.artifact,
            "holdout": snapshot.output("holdout"),
        },
        outputs={"evaluation": under(models, "evaluations", EXECUTION)},
        property_files=[evaluated],
    )

    def found(path: str) -> Any:  # the SDK's own signatures do not admit its JsonGet
        return JsonGet(step_name=Step.EVALUATE.value, property_file=evaluated, json_path=path)

    digest = JsonGet(step_name=Step.SNAPSHOT.value, property_file=described, json_path="digest")
    gate = ConditionStep(
        name=Step.GATE.value,
        conditions=[ConditionGreaterThanOrEqualTo(left=found("gate.margin"), right=0)],
        if_steps=[_register(snapshot, train, evaluate, digest, found)],
        else_steps=[
            FailStep(name=Step.GATE_NOT_MET.value, error_message=Join(on="", values=[found("gate.message")])),
        ],
    )
    return [snapshot, train, evaluate, gate]


def monitor_steps() -> list[SdkStep]:
    """Compares captured traffic with what the served release was trained and judged on."""
    monitor = parameter(Parameter.MONITOR_URI)
    watch = processing(
        Step.MONITOR,
        "monitor",
        [
            *("--environment", parameter(Parameter.ENVIRONMENT)),
            *("--capture-uri", parameter(Parameter.CAPTURE_URI)),
            *("--baseline-uri", under(monitor, "baseline")),
            *("--labels-uri", parameter(Parameter.CURATED_URI)),
            *("--release", parameter(Parameter.RELEASE)),
            *("--options", parameter(Parameter.MONITOR_OPTIONS)),
            *("--trigger", parameter(Parameter.TRIGGER)),
        ],
        outputs={"report": under(monitor, "reports", EXECUTION)},
    )
    return [watch]


def _register(
    snapshot: RequestStep, train: RequestStep, evaluate: RequestStep, digest: JsonGet, found: Callable[[str], Any]
) -> RequestStep:
    def document(step: RequestStep, output: str, file: File) -> dict[str, Any]:
        return {"ContentType": "application/json", "S3Uri": under(step.output(output), file.value)}

    statistics = document(snapshot, "baseline", File.STATISTICS)
    constraints = document(snapshot, "baseline", File.CONSTRAINTS)
    request = {
        "ModelPackageGroupName": parameter(Parameter.PACKAGE_GROUP),
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [
                {
                    "Image": parameter(Parameter.SERVING_IMAGE),
                    "ModelDataUrl": train.artifact,
                    "Environment": {"ESTATE_WORKLOAD": parameter(Parameter.WORKLOAD)},
                }
            ],
            "SupportedContentTypes": ["application/json", "text/csv"],
            "SupportedResponseMIMETypes": ["application/json"],
            "SupportedRealtimeInferenceInstanceTypes": [parameter(Parameter.INFERENCE_INSTANCE_TYPE)],
        },
        "ModelMetrics": {
            "ModelQuality": {"Statistics": document(evaluate, "evaluation", File.EVALUATION)},
            "ModelDataQuality": {"Statistics": statistics, "Constraints": constraints},
            "Explainability": {"Report": document(evaluate, "evaluation", File.EXPLANATION)},
        },
        "CustomerMetadataProperties": {
            "environment": parameter(Parameter.ENVIRONMENT),
            "workload": parameter(Parameter.WORKLOAD),
            "trigger": parameter(Parameter.TRIGGER),
            "snapshot_digest": digest,
            **{name: found(f"registered.{name}") for name in REGISTERED},
        },
    }
    return RequestStep(Step.REGISTER, StepTypeEnum.REGISTER_MODEL, request, "DescribeModelPackageOutput")


STEPS: dict[Definition, Callable[[], Sequence[SdkStep]]] = {
    Definition.DATA: data_steps,
    Definition.TRAINING: training_steps,
    Definition.MONITOR: monitor_steps,
}


def definition(kind: Definition) -> str:
    """The definition's JSON text: the same bytes for the same code, on every machine."""
    steps = STEPS[kind]()
    # The SDK wants a session, of which the definition keeps nothing; this one asks nobody for anything.
    session = Session(boto_session=boto3.Session(region_name="us-east-1"), default_bucket="unused")
    pipeline = Pipeline(
        name=kind.value, parameters=[], steps=steps, pipeline_experiment_config=None, sagemaker_session=session
    )
    document = json.loads(pipeline.definition())
    document["Parameters"] = [parameter(name).to_request() for name in _used(document["Steps"])]
    kept = {key: document[key] for key in ("Version", "Metadata", "Parameters", "Steps")}
    return json.dumps(kept, indent=2) + "\n"


def _used(steps: object) -> list[Parameter]:
    """The parameters that the steps ask for, in the order of the contract."""
    text = json.dumps(steps)
    return [name for name in Parameter if f'"Parameters.{name.value}"' in text]
