"""Typed outputs of every layer: what one layer, or a pipeline, may know of another.

Each model is generic in its leaf `S`: `pulumi.Output[str]` while the program runs, `str` once it is read back from a
stack reference or an SSM parameter. Containers and their keys are plain in both, so that a preview knows them.
"""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

VERSION = 1

S = TypeVar("S")


class Outputs(BaseModel, Generic[S]):
    """Frozen, without unknown keys; a leaf of the wrong kind is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class SecurityGroups(Outputs[S], Generic[S]):
    jobs: S = Field(description="Training and processing jobs: HTTPS to the VPC's endpoints, and each other.")
    endpoints: S = Field(description="Interface endpoints: HTTPS from inside the VPC.")
    models: S = Field(description="Hosted models: HTTPS to the VPC's endpoints.")


class Keys(Outputs[S], Generic[S]):
    """ARNs of the customer-managed keys, one a data domain."""

    data: S = Field(description="Lake, feature store, catalog, query results.")
    models: S = Field(description="Model artifacts, images, volumes of jobs and endpoints.")
    logs: S = Field(description="Logs, audit trail, topics, queues.")


class Roles(Outputs[S], Generic[S]):
    """ARNs of the roles that services assume."""

    jobs: S = Field(description="Processing and training jobs and pipeline executions.")
    models: S = Field(description="Hosted models.")
    handlers: S = Field(description="Lambda handlers.")
    scheduler: S = Field(description="Schedules of EventBridge Scheduler that start pipelines.")


class FoundationOutputs(Outputs[S], Generic[S]):
    vpc_id: S
    private_subnet_ids: dict[str, S] = Field(description="By zone letter: `a`, `b`, `c`.")
    security_groups: SecurityGroups[S]
    keys: Keys[S]
    roles: Roles[S]
    role_names: Roles[S] = Field(description="Names of the same roles, for attaching policies.")
    permission_boundary_arn: S
    log_bucket: S = Field(description="Name of the bucket that receives access logs and configuration history.")
    ci_role: dict[str, S] = Field(description="ARN of CI's role under `ci`; empty where no repository deploys.")
    person_roles: dict[str, S] = Field(
        default={}, description="ARNs of persons' roles: `data-scientist`, `ml-engineer`, `auditor`, where somebody is."
    )


class Buckets(Outputs[S], Generic[S]):
    """Names of the lake's buckets, one a zone."""

    raw: S
    curated: S
    features: S
    models: S


class DataOutputs(Outputs[S], Generic[S]):
    buckets: Buckets[S]
    bucket_arns: Buckets[S]
    database: S = Field(description="Glue database of the lake's tables.")
    workgroup: S = Field(description="Athena workgroup.")
    feature_groups: dict[str, S] = Field(description="Feature group names, by model.")
    row_streams: dict[str, S] = Field(
        default={}, description="Names of the streams or topics that take a model's rows as they happen, by model."
    )
    kafka: dict[str, S] = Field(default={}, description="ARN of the Kafka cluster under `cluster`; empty without one.")
    spark: dict[str, S] = Field(
        default={}, description="EMR Serverless: ID of the `application`, ARN of its jobs' `role`; empty without one."
    )
    personal_tag: dict[str, S] = Field(
        default={}, description="Key of Lake Formation's tag of personal data under `key`; empty without it."
    )
    labelling: dict[str, S] = Field(
        default={}, description="ARNs of the flows that hand rows to people, by model; empty where nobody labels."
    )


class TrainingOutputs(Outputs[S], Generic[S]):
    repositories: dict[str, S] = Field(description="Image repository URLs, by image: `jobs`, `gpu`, `serving`.")
    cluster_name: dict[str, S] = Field(description="Name of the GPU cluster under `gpu`; empty where there is none.")
    hosts: dict[str, S] = Field(
        default_factory=dict, description="URLs within the GPU cluster of the models that are hosted there, by model."
    )
    cluster_security_group: dict[str, S] = Field(
        default_factory=dict, description="ID of the group that the cluster's nodes share, under `gpu`."
    )
    node_groups: dict[str, S] = Field(default_factory=dict, description="Names of the GPU node groups, by group.")
    filesystem: dict[str, S] = Field(
        default_factory=dict,
        description="FSx for Lustre: its `id`, and the `dns_name` and `mount_name` to mount it by; empty without one.",
    )
    hyperpod: dict[str, S] = Field(
        default_factory=dict, description="ARN of the HyperPod cluster under `arn`; empty without one."
    )
    data_pipelines: dict[str, S] = Field(description="Pipeline names that validate and featurize, by model.")
    training_pipelines: dict[str, S] = Field(description="Pipeline names that train and register, by model.")
    monitor_pipelines: dict[str, S] = Field(description="Pipeline names that watch captured traffic, by model.")
    training_pipeline_arns: dict[str, S] = Field(description="ARNs of the training pipelines, by model.")
    monitor_pipeline_arns: dict[str, S] = Field(description="ARNs of the monitor pipelines, by model.")
    tracking: dict[str, S] = Field(
        default={},
        description="ARN of the MLflow tracking server under `arn`, which is its tracking URI too; or empty.",
    )
    studio: dict[str, S] = Field(default={}, description="Id of the Studio domain under `domain_id`; or empty.")
    starters: dict[str, S] = Field(
        default={},
        description="Names of roles that start machines: Studio's as `studio-<persona>`, and `karpenter`; or empty.",
    )


class RegistryOutputs(Outputs[S], Generic[S]):
    package_groups: dict[str, S] = Field(
        description="Model package groups, by model: names, or ARNs where a central registry has them."
    )


class ServingOutputs(Outputs[S], Generic[S]):
    endpoints: dict[str, S] = Field(description="Endpoint names, by model; a model without a release has none.")
    more_endpoints: dict[str, S] = Field(
        default_factory=dict, description="Names of the other endpoints of a release, `<model>/<name>`."
    )
    more_alarms: dict[str, S] = Field(
        default_factory=dict, description="Names of their rollback alarms, `<model>/<name>/<signal>`."
    )
    inference_components: dict[str, S] = Field(
        default_factory=dict, description="Names by which inference components are asked, `<model>/<name>`."
    )
    answer_topics: dict[str, S] = Field(
        default_factory=dict, description="ARNs of the topics that hear of asynchronous answers, `<model>[/<name>]`."
    )
    transforms: dict[str, S] = Field(
        default_factory=dict, description="Names of the schedules that start transform jobs, `<model>/<name>`."
    )
    streams: dict[str, S] = Field(
        default_factory=dict,
        description="Where a model's events go: a stream's name, a queue's URL or an `s3://` prefix.",
    )
    api: dict[str, S] = Field(
        default_factory=dict,
        description="URLs of the doors (`url` of the HTTP one, `rest`, `socket`), and of tokens (`issuer`, `tokens`).",
    )
    alarms: dict[str, S] = Field(description="Names of the alarms that roll an endpoint back, `<model>/<signal>`.")


class MonitoringOutputs(Outputs[S], Generic[S]):
    topics: dict[str, S] = Field(description="SNS topic ARNs, by severity: `page`, `ticket`.")
    drift_alarms: dict[str, S] = Field(description="Names of the alarms on data drift, by model.")
    dashboard: S
    grafana: dict[str, S] = Field(
        default={}, description="`s3://` URI of the models' dashboard for Grafana under `models`; empty without one."
    )
    prometheus: dict[str, S] = Field(
        default_factory=dict,
        description="Managed Prometheus: `workspace` (ID), `endpoint` (URL), `topic` of alerts (ARN); empty without.",
    )


class OperationsOutputs(Outputs[S], Generic[S]):
    incidents: S = Field(description="Table of incidents, deployments and the dependency graph.")
    topic: S = Field(description="SNS topic ARN of incidents.")
    switch: S = Field(description="SSM parameter that switches self-healing on and off.")
    runbooks: dict[str, S] = Field(description="Names of the SSM documents, by runbook.")
    functions: dict[str, S] = Field(description="ARNs of the handlers: `incidents`, `healing`.")
    dead_letters: dict[str, S] = Field(description="URLs of the queues of events that a handler could not take.")


class GovernanceOutputs(Outputs[S], Generic[S]):
    budget: S
    recorder: dict[str, S] = Field(description="Name of the AWS Config recorder under `recorder`; empty without one.")
    detectors: dict[str, S] = Field(
        default={}, description="What is on: `access_analyzer` and `security_hub` (ARNs), `guard_duty` (detector's ID)."
    )


class ModelOutputs(Outputs[S], Generic[S]):
    """All that a pipeline or a person needs of one model; SSM parameter `/mlops-estate/<env>/models/<model>`."""

    package_group: S
    data_pipeline: S
    training_pipeline: S
    monitor_pipeline: S
    feature_group: S
    raw_uri: S = Field(description="`s3://` prefix where the model's rows are landed.")
    curated_uri: S
    quarantine_uri: S
    features_uri: S
    models_uri: S
    capture_uri: S
    monitor_uri: S = Field(description="`s3://` prefix of statistics, constraints, violations and reports.")
    drift_alarm: S
    endpoint: S = Field(description="Name that the endpoint has, or will have with a first release.")


LAYER_PARAMETER = "/mlops-estate/{environment}/{layer}"
MODEL_PARAMETER = "/mlops-estate/{environment}/models/{model}"
