"""What a pipeline's definition, the component that fills it in, and whoever starts it agree on.

One definition serves every model and every environment: all that differs is a pipeline parameter. The component sets
the parameters' defaults; `ingest_options` and `trigger` may be given at the start of an execution.
"""

from enum import StrEnum


class Definition(StrEnum):
    """The committed definitions, `pipelines/definitions/<value>.json`."""

    DATA = "data"
    TRAINING = "training"
    MONITOR = "monitor"


class Parameter(StrEnum):
    """Parameters of the definitions, all of type String. Every definition declares those that it uses."""

    ENVIRONMENT = "Environment"
    WORKLOAD = "Workload"
    ROLE_ARN = "RoleArn"
    JOBS_IMAGE = "JobsImage"
    SERVING_IMAGE = "ServingImage"
    PROCESSING_INSTANCE_TYPE = "ProcessingInstanceType"
    TRAINING_INSTANCE_TYPE = "TrainingInstanceType"
    INFERENCE_INSTANCE_TYPE = "InferenceInstanceType"
    KMS_KEY_ARN = "KmsKeyArn"
    SECURITY_GROUP_ID = "SecurityGroupId"
    SUBNET_A = "SubnetA"
    SUBNET_B = "SubnetB"
    RAW_URI = "RawUri"
    CURATED_URI = "CuratedUri"
    QUARANTINE_URI = "QuarantineUri"
    FEATURES_URI = "FeaturesUri"
    MODELS_URI = "ModelsUri"
    CAPTURE_URI = "CaptureUri"
    MONITOR_URI = "MonitorUri"
    FEATURE_GROUP = "FeatureGroup"
    PACKAGE_GROUP = "PackageGroup"
    INGEST_OPTIONS = "IngestOptions"  # JSON object, passed to the workload's `data.rows`; `{}` by default
    MONITOR_OPTIONS = "MonitorOptions"  # JSON object, options of the monitor job; `{}` by default
    RELEASE = "Release"  # ARN of the model package that the environment serves; `none` without one
    TRACKING = "Tracking"  # MLflow's tracking URI, to which a candidate's evaluation is recorded; `none` without one
    TRIGGER = "Trigger"  # why the execution was started, such as `alarm:<name>`; `manual` by default


class Step(StrEnum):
    """Step names. data: ingest, validate, featurize. training: snapshot, train, evaluate, gate, register or fail."""

    INGEST = "Ingest"
    VALIDATE = "Validate"
    FEATURIZE = "Featurize"
    SNAPSHOT = "Snapshot"
    TRAIN = "Train"
    EVALUATE = "Evaluate"
    GATE = "Gate"
    REGISTER = "Register"
    GATE_NOT_MET = "GateNotMet"
    MONITOR = "Monitor"


class File(StrEnum):
    """Files that one step writes and another, or a person, reads."""

    VALIDATION = "validation.json"  # {"rows", "accepted", "quarantined", "reasons": {reason: rows}}
    SNAPSHOT = "snapshot.json"  # {"digest", "rows", "train_rows", "holdout_rows", "from", "to"}
    # {"metrics": {name: number}, "baseline": {name: number}, "champion": {name: number} or null,
    #  "gate": {"metric", "value", "threshold", "gain", "margin", "passed", "message"}, "registered": {name: text}}
    EVALUATION = "evaluation.json"
    HOLDOUT = "holdout.parquet"
    TRAIN = "train.parquet"
    STATISTICS = "statistics.json"  # SageMaker Model Monitor's formats
    CONSTRAINTS = "constraints.json"
    VIOLATIONS = "constraint_violations.json"
    BASELINE = "baseline.parquet"  # the training rows' watched features, against which drift is measured
    # {"rows", "features": {name: {"p_value", "statistic", "drifted", "distances": {kind: {"value", "threshold"}}}},
    #  "drifted": [name]}
    DRIFT = "drift.json"
    PREDICTIONS = "predictions.parquet"  # "prediction", "label" of a version's held-out rows
    EXPLANATION = "explanation.json"  # SageMaker Clarify's analysis format: mean absolute SHAP values
    MONITORS = "monitors.json"  # {"workload", "release", "monitors": {Monitor: {"status", "reason", "rows", ...}}}
    EXPERIMENT = "experiment.json"  # {"kind", "variants", "effects", "decision", "reason"} of an A/B or shadow test
    REPORT = "report.html"  # all monitors of a run, for a person


OPTIONAL = {
    Parameter.INGEST_OPTIONS: "{}",
    Parameter.MONITOR_OPTIONS: "{}",
    Parameter.RELEASE: "none",
    Parameter.TRACKING: "none",
    Parameter.TRIGGER: "manual",
}
"""Parameters that the definitions themselves give a default; the component sets all others."""
