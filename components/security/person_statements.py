"""What the work of several persons takes: data, jobs, Studio, and looking at what happens."""

from collections.abc import Sequence

from components.base import Placement
from components.documents import Statement, Text


def objects(place: Placement, zones: Sequence[str]) -> Statement:
    buckets = [place.s3_arn(f"{place.prefix}-{zone}-*") for zone in zones]
    return {
        "Sid": "ReadZones",
        "Effect": "Allow",
        "Action": ["s3:GetBucketLocation", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
        "Resource": [*buckets, *(f"{bucket}/*" for bucket in buckets)],
    }


def use_key(place: Placement, key_arn: Text, services: Sequence[str], *actions: str) -> Statement:
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


def ask_athena(place: Placement) -> list[Statement]:
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


def describe_ml() -> Statement:
    """What exists, without what is in it; most of these calls take no resource."""
    return {
        "Sid": "DescribeMl",
        "Effect": "Allow",
        "Action": ["sagemaker:Describe*", "sagemaker:List*"],
        "Resource": "*",
    }


def read_features(place: Placement) -> Statement:
    return {
        "Sid": "ReadFeatures",
        "Effect": "Allow",
        "Action": ["sagemaker:BatchGetRecord", "sagemaker:GetRecord"],
        "Resource": place.arn("sagemaker", f"feature-group/{place.prefix}-*"),
    }


def run_jobs(place: Placement, jobs_role_arn: Text, instance_types: Sequence[str]) -> list[Statement]:
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


def studio(place: Placement, environment: str, persona: str) -> list[Statement]:
    """Opens Studio, whose apps work as the role of the user's profile, and the experiment tracker.

    Whoever opens a profile has its role: only those of the own persona, which a profile's tags say.
    """
    own = {"sagemaker:ResourceTag/persona": persona, "sagemaker:ResourceTag/environment": environment}
    return [
        {
            "Sid": "OpenStudio",
            "Effect": "Allow",
            "Action": "sagemaker:CreatePresignedDomainUrl",
            "Resource": place.arn("sagemaker", "user-profile/*/*"),
            "Condition": {"StringEquals": own},
        },
        {
            "Sid": "OpenTracking",
            "Effect": "Allow",
            "Action": ["sagemaker:CreatePresignedMlflowTrackingServerUrl", "sagemaker-mlflow:*"],
            "Resource": place.arn("sagemaker", f"mlflow-tracking-server/{place.prefix}-*"),
        },
    ]


def observe(place: Placement, environment: str) -> list[Statement]:
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
        *read_logs(place),
        {
            "Sid": "ReadOutputs",
            "Effect": "Allow",
            "Action": ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
            "Resource": place.arn("ssm", f"parameter/mlops-estate/{environment}/*"),
        },
    ]


def read_logs(place: Placement) -> list[Statement]:
    """The groups bound what is asked; names of groups and saved queries, and answers of queries, have no ARN."""
    groups = ("/aws/sagemaker/*", f"/aws/lambda/{place.prefix}-*", f"/aws/apigateway/{place.prefix}-*")
    return [
        {
            "Sid": "ReadLogs",
            "Effect": "Allow",
            "Action": ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"],
            "Resource": [place.arn("logs", f"log-group:{group}") for group in groups],
        },
        {
            "Sid": "ReadAnswersOfQueries",
            "Effect": "Allow",
            "Action": [
                "logs:DescribeLogGroups",
                "logs:DescribeQueryDefinitions",
                "logs:GetQueryResults",
                "logs:StopQuery",
            ],
            "Resource": "*",
        },
    ]


def never(sid: str, actions: Sequence[str]) -> Statement:
    return {"Sid": sid, "Effect": "Deny", "Action": list(actions), "Resource": "*"}
