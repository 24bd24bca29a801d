"""How far the emulated services go, said in words; `estate coverage` prints what tests show of resource types."""

NOTES: dict[str, str] = {
    "IAM": "Policies are kept and not enforced: every caller may do everything. Roles that a service is to assume must "
    "exist and trust it; resource policies of functions, queues and topics are asked for events and alarms.",
    "KMS": "A key's policy is asked when a log group is to use it. S3, SNS, SQS, CloudTrail and Lambda take any key "
    "that is named, even one that is pending deletion.",
    "CloudTrail and Config": "Nothing is recorded or delivered, so policies of the buckets are not asked.",
    "SageMaker jobs": "A subprocess stands for the container: one instance a job, inputs and outputs in S3 only. A "
    "processing job needs a ContainerEntrypoint; a training job without one runs the image's `train`. Images must lie "
    "in repositories of the account; their tags and content are not looked at. Work takes real time and counts as such "
    "against MaxRuntimeInSeconds; waiting for capacity, and the 120 seconds between SIGTERM and SIGKILL, go by the "
    "cloud's clock. Pipe mode, manifests of channels, instance groups and warm pools are refused. Capacity and quotas "
    "are unlimited until they are set; RetryStrategy is kept, as nothing fails internally.",
    "SageMaker training jobs": "As all jobs. A spot machine is lost when it is asked for, without notice; what lies in "
    "the checkpoint folder is copied to S3 and restored. What spot capacity saves is not known here: "
    "BillableTimeInSeconds is TrainingTimeInSeconds.",
    "SageMaker transform jobs": "One container, SplitType None and Line, manifests, filters and joins of CSV, JSON and "
    "JSON Lines. RecordIO, TFRecord, compressed input and data capture are refused.",
    "SageMaker tuning jobs": "Random, Grid and Bayesian; the last by Optuna's tree-structured Parzen estimator, where "
    "SageMaker has a Gaussian process: both learn, the values they try differ. Hyperband, early stopping, warm starts, "
    "autotuning and several definitions are refused.",
    "SageMaker pipelines": "Processing, Training, Tuning, Transform, Model, RegisterModel, Lambda, Callback, Condition "
    "and Fail run; other step types are refused when the pipeline is created. Retries wait, and cached results age, by "
    "the cloud's clock. Experiments are not kept.",
    "SageMaker models": "One container; inference pipelines, ModelDataSource and private registries are refused. "
    "Images must lie in repositories of the account; their tags and content are not looked at.",
    "SageMaker endpoints": "One process a variant, whatever its instance count, none at 0; the count decides what "
    "share of the traffic a canary, a linear step or a rolling batch takes: whole instances, at least one. Both fleets "
    "are whole while a rolling update runs. Shares are of all variants together. Instances are there at once. "
    "Inference components, instance pools, explainers, routing by prefix and capacity reservations are refused.",
    "SageMaker invocations": "Shadow variants get at most 64 requests at a time; what is more is not mirrored. "
    "Serverless variants share one process up to MaxConcurrency, and end it after ten idle minutes: AWS says that it "
    "scales to zero, not when. Memory is not limited. Models of a multi-model container leave it, least recently used "
    "first, when it answers 507; memory is not watched. Stateful sessions live as long as their fleet.",
    "SageMaker asynchronous inference": "One variant. Without MaxConcurrentInvocationsPerInstance four requests are "
    "answered at a time. Queues go by the cloud's clock, InvocationTimeoutSeconds by real time; nothing is repeated.",
    "Application Auto Scaling": "Of endpoint variants: target tracking on SageMakerVariantInvocationsPerInstance or a "
    "metric of your own, step scaling, scheduled actions; metric math, high resolution and predictive scaling are "
    "refused. A scale-out waits for the cooldown even where it is larger than the one before. Other services' targets "
    "are kept by moto, and nothing follows them.",
    "SageMaker data capture": "Written every second or two, on AWS within minutes.",
    "SageMaker feature store": "Collections are refused. The offline store is Parquet in AWS's layout within a second "
    "or two, on AWS within 15 minutes; its Glue table is not made.",
    "SageMaker tags": "Of models, pipelines, packages, endpoints and feature groups: SageMaker's own tag operations "
    "answer, the Resource Groups Tagging API does not see them.",
    "CloudWatch alarms": "Static thresholds only. An alarm on metric math, anomaly detection or other alarms is kept "
    "and stays INSUFFICIENT_DATA. The current period counts as soon as it has data. Auto Scaling actions do nothing.",
    "EventBridge": "Delivers to Lambda, SQS, SNS, SageMaker pipelines, log groups and buses; other targets fail "
    "into the dead-letter queue. Retries wait shorter than on AWS. Schedules are kept, not fired.",
    "Lambda": "Python zips run with this interpreter, the standard library and boto3. Layers, VPC settings, "
    "concurrency and memory limits are kept, not applied. Initialisation may take 30 seconds, on AWS 10.",
    "EKS": "Clusters, node groups, add-ons, access entries and pod identities are kept; no Kubernetes runs.",
}

# Operations of which no difference is known, though their area has some.
EXACT: frozenset[str] = frozenset(
    {
        "CreateModelPackageGroup", "DeleteEndpointConfig", "DeleteModel", "DeleteModelPackage",
        "DeleteModelPackageGroup", "DeleteScalingPolicy", "DeregisterScalableTarget", "DescribeEndpointConfig",
        "DescribeModel", "DescribeModelPackage", "DescribeModelPackageGroup", "DescribeScalingActivities",
        "ListEndpointConfigs", "ListEndpoints", "ListModelPackageGroups", "ListModelPackages", "ListModels",
        "UpdateModelPackage",
    }
)  # fmt: skip
