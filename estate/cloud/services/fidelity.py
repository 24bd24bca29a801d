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
    "cloud's clock. Pipe mode, manifests of channels and instance groups are refused. Capacity and quotas "
    "are unlimited until they are set; RetryStrategy is kept, as nothing fails internally.",
    "SageMaker training jobs": "As all jobs. A spot machine is lost when it is asked for, without notice; what lies in "
    "the checkpoint folder is copied to S3 and restored. What spot capacity saves is not known here: "
    "BillableTimeInSeconds is TrainingTimeInSeconds. A warm pool is told of and makes no job start sooner; one of a "
    "job that did not complete is given back at once.",
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
    "metric of your own, step scaling, scheduled actions. Provisioned concurrency of serverless variants, metric math, "
    "high resolution and predictive scaling are refused. A scale-out waits for the cooldown even where it is larger "
    "than the one before. Other services' targets are kept by moto, and nothing follows them.",
    "SageMaker data capture": "Written every second or two, on AWS within minutes.",
    "SageMaker feature store": "Collections are refused. The offline store is Parquet in AWS's layout within a second "
    "or two, on AWS within 15 minutes; its Glue table is not made. A group of the format Iceberg keeps online records "
    "only: a record for its offline store is refused.",
    "SageMaker tags": "Of models, pipelines, packages, endpoints and feature groups: SageMaker's own tag operations "
    "answer, the Resource Groups Tagging API does not see them.",
    "CloudWatch alarms": "The current period counts as soon as it has data. An alarm's metrics must share one "
    "period; search, Metrics Insights, PromQL and cross-account metrics are refused. Composite alarms that "
    "depend on themselves are refused when they are put; AWS takes them and stops to evaluate them. Actions "
    "reach SNS, Lambda and Auto Scaling of endpoints; others do nothing. Percentiles of few samples are "
    "evaluated as any other.",
    "CloudWatch metrics": "GetMetricData and GetMetricStatistics count periods in real time, whatever the "
    "clock's speed. Expressions over metrics of different periods, search and Metrics Insights are refused. Data "
    "are kept at their full resolution and for as long as the cloud is open.",
    "CloudWatch anomaly detection": "AWS's model is not published. The band is the median of the same hour of "
    "the week, or of the day, or of everything, give or take a multiple of the robust standard deviation; it "
    "needs 15 datapoints, follows no trend, and detectors of metric math are refused.",
    "CloudWatch metric filters": "Terms, JSON and space-delimited patterns; a default value is put with each "
    "batch that nothing matches in, on AWS once a minute.",
    "CloudWatch Logs Insights": "Saved queries are kept; StartQuery is refused, as no query is run.",
    "EventBridge": "Delivers to Lambda, SQS, SNS, SageMaker pipelines, Kinesis, Step Functions, log groups and "
    "buses; other targets fail into the dead-letter queue. moto records executions of state machines and does "
    "not run their states. Retries wait shorter than on AWS.",
    "EventBridge Scheduler": "Schedules go by the cloud's clock; where the cloud was opened without schedules, "
    "only when they are fired by name. A place in a flexible window is drawn by name and time. Executions of state "
    "machines are recorded, and their states do not run. Retries wait shorter than on AWS.",
    "EventBridge Pipes": "From SQS, Kinesis and DynamoDB streams; enrichment by Lambda alone. Shards are read "
    "one after another, whatever the parallelization factor. A pipe is there at once. Executions of state machines are "
    "recorded, and their states do not run.",
    "Lambda": "Python zips run with this interpreter, the standard library and boto3. Reserved concurrency is "
    "applied; layers, VPC settings and memory limits are kept. Initialisation may take 30 seconds, on AWS 10; "
    "asynchronous retries wait shorter than on AWS. Event source mappings read SQS, Kinesis and DynamoDB "
    "streams, one batch at a time.",
    "Systems Manager Automation": "aws:executeAwsApi, aws:branch, aws:sleep, aws:assertAwsResourceProperty, "
    "aws:waitForAwsResourceProperty and aws:invokeLambdaFunction; documents with other actions are refused when "
    "they are created. Steps have the rights of everybody; the role must exist and trust Systems Manager.",
    "Cloud Control": "Desired states are checked against CloudFormation's schemas, and kept; requests end at once. "
    "What AWS alone writes is plausible and not AWS's. The type's own service does not know of the resource.",
    "kept: nothing runs": "Requests are checked against the service's model and against what they name; what they say "
    "is kept and read back, its last status at once. Nothing runs, nothing is measured, nothing is delivered.",
    "API Gateway": "HTTP and REST APIs answer at /_apigw/<api id>/ of the cloud's address, or under their own host "
    "name, by Lambda functions only; authorisation by AWS's signature, which the account's own key alone can make, or "
    "by a token. REST APIs are read from an OpenAPI 3 description only. Of a web ACL the counts of addresses are "
    "looked at, and no other rule. WebSocket APIs have connections without a socket.",
    "AppConfig": "Deployments go by the cloud's clock; which readers are first is drawn for each session. Exponential "
    "growth is taken as linear; validators are not run.",
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
