"""What each person may do, and what is refused whatever else allows it."""

from collections.abc import Sequence

from components.base import Placement
from components.documents import Statement, Text

# Nobody makes or changes what serves: `pulumi up` does, from a pinned release.
DEPLOYING = (
    "sagemaker:CreateEndpoint",
    "sagemaker:CreateEndpointConfig",
    "sagemaker:CreateModel",
    "sagemaker:DeleteEndpoint",
    "sagemaker:DeleteEndpointConfig",
    "sagemaker:UpdateEndpoint",
    "sagemaker:UpdateEndpointWeightsAndCapacities",
)
APPROVING = ("sagemaker:CreateModelPackage", "sagemaker:DeleteModelPackage", "sagemaker:UpdateModelPackage")
LAKE = ("raw", "curated", "features", "models")


def data_scientist(
    place: Placement,
    environment: str,
    data_key_arn: Text,
    jobs_role_arn: Text,
    instance_types: Sequence[str],
    governed: bool = False,
) -> list[Statement]:
    """Reads curated rows and features, asks Athena, runs jobs in the estate's network; approves and deploys nothing.

    `instance_types` are patterns of SageMaker's instance types that a job may ask for. `governed`: Lake Formation says
    which columns are read, and so curated files, which hold all of them, are not.
    """
    return [
        _objects(place, ("features",) if governed else ("curated", "features")),
        _use_key(place, data_key_arn, ("s3", "athena", "glue"), "kms:Decrypt", "kms:GenerateDataKey"),
        *_ask_athena(place),
        _describe_ml(),
        _read_features(place),
        *_run_jobs(place, jobs_role_arn, instance_types),
        *_studio(place),
        *_observe(place, environment),
        _never("NeverApprovesOrDeploys", (*APPROVING, *DEPLOYING)),
    ]


def ml_engineer(
    place: Placement, environment: str, data_key_arn: Text, logs_key_arn: Text, governed: bool = False
) -> list[Statement]:
    """Starts pipelines, approves versions, follows incidents, stops self-healing; deploys nothing. `governed` as for a
    data scientist."""
    return [
        _objects(place, ("features", "models") if governed else ("curated", "features", "models")),
        _use_key(place, data_key_arn, ("s3",), "kms:Decrypt"),
        {**_use_key(place, logs_key_arn, ("dynamodb",), "kms:Decrypt"), "Sid": "UseLogsKey"},
        _describe_ml(),
        {
            "Sid": "StartPipelines",
            "Effect": "Allow",
            "Action": [
                "sagemaker:RetryPipelineExecution",
                "sagemaker:SendPipelineExecutionStepFailure",
                "sagemaker:SendPipelineExecutionStepSuccess",
                "sagemaker:StartPipelineExecution",
                "sagemaker:StopPipelineExecution",
            ],
            "Resource": [place.arn("sagemaker", f"pipeline/{place.prefix}-*")],
        },
        {
            "Sid": "ApproveVersions",
            "Effect": "Allow",
            "Action": "sagemaker:UpdateModelPackage",
            "Resource": place.arn("sagemaker", f"model-package/{place.prefix}-*"),
        },
        {
            "Sid": "FollowIncidents",
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:Query"],
            "Resource": place.arn("dynamodb", f"table/{place.named('incidents')}"),
        },
        {
            "Sid": "StopHealing",
            "Effect": "Allow",
            "Action": "ssm:PutParameter",
            "Resource": place.arn("ssm", f"parameter/mlops-estate/{environment}/switches/*"),
        },
        *_observe(place, environment),
        _never("NeverDeploys", DEPLOYING),
    ]


def auditor(place: Placement, logs_key_arn: Text) -> list[Statement]:
    """Reads configuration, the audit trail, logs and evidence; reads no row of data and changes nothing."""
    buckets = [place.s3_arn(f"{place.prefix}-{each}-*") for each in ("audit", "logs")]
    lake = [place.s3_arn(f"{place.prefix}-{zone}-*/*") for zone in LAKE]
    return [
        {
            "Sid": "ReadConfiguration",
            "Effect": "Allow",
            "Action": [
                "access-analyzer:Get*",
                "access-analyzer:List*",
                "budgets:ViewBudget",
                "ce:GetCostAndUsage",
                "cloudtrail:Describe*",
                "cloudtrail:Get*",
                "cloudtrail:List*",
                "cloudtrail:LookupEvents",
                "cloudwatch:DescribeAlarmHistory",
                "cloudwatch:DescribeAlarms",
                "config:Describe*",
                "config:Get*",
                "config:List*",
                "config:SelectResourceConfig",
                "guardduty:Get*",
                "guardduty:List*",
                "iam:Get*",
                "iam:List*",
                "kms:DescribeKey",
                "kms:GetKeyPolicy",
                "kms:GetKeyRotationStatus",
                "kms:ListAliases",
                "kms:ListKeys",
                "macie2:Describe*",
                "macie2:Get*",
                "macie2:List*",
                "sagemaker:Describe*",
                "sagemaker:List*",
                "secretsmanager:DescribeSecret",
                "secretsmanager:ListSecrets",
                "securityhub:Describe*",
                "securityhub:Get*",
                "securityhub:List*",
                "tag:GetResources",
            ],
            "Resource": "*",
        },
        {
            "Sid": "ReadBucketConfiguration",
            "Effect": "Allow",
            "Action": ["s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration"],
            "Resource": place.s3_arn(f"{place.prefix}-*"),
        },
        {"Sid": "ListEvidence", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": buckets},
        {
            "Sid": "ReadEvidence",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion"],
            "Resource": [f"{bucket}/*" for bucket in buckets],
        },
        _use_key(place, logs_key_arn, ("s3", "dynamodb"), "kms:Decrypt"),
        {
            "Sid": "ReadIncidents",
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:Query"],
            "Resource": place.arn("dynamodb", f"table/{place.named('incidents')}"),
        },
        _read_logs(place),
        {
            "Sid": "NeverReadsData",
            "Effect": "Deny",
            "Action": [
                "athena:GetQueryResults",
                "athena:StartQueryExecution",
                "sagemaker:BatchGetRecord",
                "sagemaker:GetRecord",
                "sagemaker:InvokeEndpoint",
                "secretsmanager:GetSecretValue",
            ],
            "Resource": "*",
        },
        {"Sid": "NeverReadsTheLake", "Effect": "Deny", "Action": "s3:GetObject*", "Resource": lake},
    ]


def _objects(place: Placement, zones: Sequence[str]) -> Statement:
    buckets = [place.s3_arn(f"{place.prefix}-{zone}-*") for zone in zones]
    return {
        "Sid": "ReadZones",
        "Effect": "Allow",
        "Action": ["s3:GetBucketLocation", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
        "Resource": [*buckets, *(f"{bucket}/*" for bucket in buckets)],
    }


def _use_key(place: Placement, key_arn: Text, services: Sequence[str], *actions: str) -> Statement:
    """Only in the name of the services that hold what is read."""
    return {
        "Sid": "UseKey",
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": key_arn,
        "Condition": {
            "StringEquals": {"kms:ViaService": [f"{each}.{place.region}.amazonaws.com" for each in services]}
        },
    }


def _ask_athena(place: Placement) -> list[Statement]:
    lake = f"{place.prefix.replace('-', '_')}_*"
    bucket = place.s3_arn(f"{place.prefix}-curated-*")
    return [
        {
            "Sid": "AskAthena",
            "Effect": "Allow",
            "Action": [
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:GetWorkGroup",
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
            ],
            "Resource": place.arn("athena", f"workgroup/{place.prefix}-*"),
        },
        {
            "Sid": "ReadCatalog",
            "Effect": "Allow",
            "Action": ["glue:GetDatabase", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"],
            "Resource": [place.arn("glue", part) for part in ("catalog", f"database/{lake}", f"table/{lake}/*")],
        },
        {"Sid": "AskLakeFormation", "Effect": "Allow", "Action": "lakeformation:GetDataAccess", "Resource": "*"},
        {
            "Sid": "KeepQueryResults",
            "Effect": "Allow",
            "Action": ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            "Resource": f"{bucket}/queries/*",
        },
        {"Sid": "FindQueryResults", "Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": bucket},
    ]


def _describe_ml() -> Statement:
    """What exists, without what is in it; most of these calls take no resource."""
    return {
        "Sid": "DescribeMl",
        "Effect": "Allow",
        "Action": ["sagemaker:Describe*", "sagemaker:List*"],
        "Resource": "*",
    }


def _read_features(place: Placement) -> Statement:
    return {
        "Sid": "ReadFeatures",
        "Effect": "Allow",
        "Action": ["sagemaker:BatchGetRecord", "sagemaker:GetRecord"],
        "Resource": place.arn("sagemaker", f"feature-group/{place.prefix}-*"),
    }


def _run_jobs(place: Placement, jobs_role_arn: Text, instance_types: Sequence[str]) -> list[Statement]:
    kinds = ("training-job", "processing-job", "hyper-parameter-tuning-job")
    jobs = [place.arn("sagemaker", f"{kind}/{place.prefix}-*") for kind in kinds]
    return [
        {
            "Sid": "RunJobs",
            "Effect": "Allow",
            "Action": [
                "sagemaker:CreateHyperParameterTuningJob",
                "sagemaker:CreateProcessingJob",
                "sagemaker:CreateTrainingJob",
            ],
            "Resource": jobs,
            "Condition": {
                "Null": {"sagemaker:InstanceTypes": "false", "sagemaker:VpcSubnets": "false"},
                "ForAllValues:StringLike": {"sagemaker:InstanceTypes": list(instance_types)},
            },
        },
        {
            "Sid": "TendJobs",
            "Effect": "Allow",
            "Action": [
                "sagemaker:AddTags",
                "sagemaker:StopHyperParameterTuningJob",
                "sagemaker:StopProcessingJob",
                "sagemaker:StopTrainingJob",
            ],
            "Resource": jobs,
        },
        {
            "Sid": "HandOnTheJobsRole",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": jobs_role_arn,
            "Condition": {"StringEquals": {"iam:PassedToService": ["sagemaker.amazonaws.com"]}},
        },
    ]


def _studio(place: Placement) -> list[Statement]:
    """Opens Studio, whose apps work as the role of the user's profile, and the experiment tracker."""
    return [
        {
            "Sid": "OpenStudio",
            "Effect": "Allow",
            "Action": "sagemaker:CreatePresignedDomainUrl",
            "Resource": place.arn("sagemaker", "user-profile/*/*"),
        },
        {
            "Sid": "OpenTracking",
            "Effect": "Allow",
            "Action": ["sagemaker:CreatePresignedMlflowTrackingServerUrl", "sagemaker-mlflow:*"],
            "Resource": place.arn("sagemaker", f"mlflow-tracking-server/{place.prefix}-*"),
        },
    ]


def _observe(place: Placement, environment: str) -> list[Statement]:
    return [
        {
            "Sid": "SeeMetrics",
            "Effect": "Allow",
            "Action": [
                "cloudwatch:DescribeAlarmHistory",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:GetDashboard",
                "cloudwatch:GetMetricData",
                "cloudwatch:GetMetricStatistics",
                "cloudwatch:ListDashboards",
                "cloudwatch:ListMetrics",
            ],
            "Resource": "*",
        },
        _read_logs(place),
        {
            "Sid": "ReadOutputs",
            "Effect": "Allow",
            "Action": ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
            "Resource": place.arn("ssm", f"parameter/mlops-estate/{environment}/*"),
        },
    ]


def _read_logs(place: Placement) -> Statement:
    groups = ("/aws/sagemaker/*", f"/aws/lambda/{place.prefix}-*", f"/aws/apigateway/{place.prefix}-*")
    return {
        "Sid": "ReadLogs",
        "Effect": "Allow",
        "Action": ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"],
        "Resource": [place.arn("logs", f"log-group:{group}") for group in groups],
    }


def _never(sid: str, actions: Sequence[str]) -> Statement:
    return {"Sid": sid, "Effect": "Deny", "Action": list(actions), "Resource": "*"}
