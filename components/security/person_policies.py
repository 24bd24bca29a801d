"""What each person may do, and what is refused whatever else allows it."""

from collections.abc import Sequence

from components.base import Placement
from components.documents import Statement, Text
from components.security.person_statements import (
    ask_athena,
    describe_ml,
    never,
    objects,
    observe,
    read_features,
    read_logs,
    run_jobs,
    studio,
    use_key,
)

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
# How the account is set up, and what watches over it.
CONFIGURATION = (
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
)
# What hands out rows, predictions or secrets.
DATA = (
    "athena:GetQueryResults",
    "athena:StartQueryExecution",
    "sagemaker:BatchGetRecord",
    "sagemaker:GetRecord",
    "sagemaker:InvokeEndpoint",
    "secretsmanager:GetSecretValue",
)


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
        objects(place, ("features",) if governed else ("curated", "features")),
        # SageMaker's feature store opens online records in the name of who asks for them.
        use_key(place, data_key_arn, ("s3", "athena", "glue", "sagemaker"), "kms:Decrypt", "kms:GenerateDataKey"),
        *ask_athena(place),
        describe_ml(),
        read_features(place),
        *run_jobs(place, jobs_role_arn, instance_types),
        *studio(place, environment, "data-scientist"),
        *observe(place, environment),
        never("NeverApprovesOrDeploys", (*APPROVING, *DEPLOYING)),
    ]


def ml_engineer(
    place: Placement,
    environment: str,
    data_key_arn: Text,
    models_key_arn: Text,
    logs_key_arn: Text,
    governed: bool = False,
) -> list[Statement]:
    """Starts pipelines, approves versions, follows incidents, stops self-healing; deploys nothing. `governed` as for a
    data scientist."""
    return [
        objects(place, ("features", "models") if governed else ("curated", "features", "models")),
        use_key(place, data_key_arn, ("s3",), "kms:Decrypt"),
        {**use_key(place, models_key_arn, ("s3",), "kms:Decrypt"), "Sid": "UseModelsKey"},
        {**use_key(place, logs_key_arn, ("dynamodb",), "kms:Decrypt"), "Sid": "UseLogsKey"},
        describe_ml(),
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
        *studio(place, environment, "ml-engineer"),
        *observe(place, environment),
        never("NeverDeploys", DEPLOYING),
    ]


def auditor(place: Placement, logs_key_arn: Text) -> list[Statement]:
    """Reads configuration, the audit trail, logs and evidence; reads no row of data and changes nothing."""
    buckets = [place.s3_arn(f"{place.prefix}-{each}-*") for each in ("audit", "logs")]
    lake = [place.s3_arn(f"{place.prefix}-{zone}-*/*") for zone in LAKE]
    return [
        {
            "Sid": "ReadConfiguration",
            "Effect": "Allow",
            "Action": list(CONFIGURATION),
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
        use_key(place, logs_key_arn, ("s3", "dynamodb"), "kms:Decrypt"),
        {
            "Sid": "ReadIncidents",
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:Query"],
            "Resource": place.arn("dynamodb", f"table/{place.named('incidents')}"),
        },
        *read_logs(place),
        {
            "Sid": "NeverReadsData",
            "Effect": "Deny",
            "Action": list(DATA),
            "Resource": "*",
        },
        {"Sid": "NeverReadsTheLake", "Effect": "Deny", "Action": "s3:GetObject*", "Resource": lake},
    ]
