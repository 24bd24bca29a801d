"""What the incidents handler, self-healing and runbooks may do: names of this environment's resources, and no more."""

from collections.abc import Sequence

import pulumi

from components.base import Placement
from components.documents import Statement, Text


def _owned(place: Placement, *kinds: str) -> list[Text]:
    return [place.arn("sagemaker", f"{kind}/{place.prefix}-*") for kind in kinds]


def observing(
    place: Placement, environment: str, topic_arn: Text, buckets: Sequence[Text], source: str
) -> list[Statement]:
    """Reads what changed and what is wrong, tells people and self-healing. Changes nothing."""
    return [
        {"Sid": "TellPeople", "Effect": "Allow", "Action": "sns:Publish", "Resource": topic_arn},
        {
            "Sid": "TellHealing",
            "Effect": "Allow",
            "Action": "events:PutEvents",
            "Resource": place.arn("events", "event-bus/default"),
            "Condition": {"StringEquals": {"events:source": source}},
        },
        *_look_at_models(place),
        *_look_at_resources(place, environment),
        {"Sid": "LookAtBuckets", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": list(buckets)},
    ]


def _look_at_models(place: Placement) -> list[Statement]:
    own = place.prefix
    return [
        {
            "Sid": "LookAtModels",
            "Effect": "Allow",
            "Action": [
                "sagemaker:DescribeEndpoint",
                "sagemaker:DescribeEndpointConfig",
                "sagemaker:DescribeFeatureGroup",
                "sagemaker:DescribeModel",
                "sagemaker:DescribePipeline",
                "sagemaker:ListPipelineExecutionSteps",
                "sagemaker:ListPipelineExecutions",
            ],
            "Resource": _owned(place, "endpoint", "endpoint-config", "feature-group", "model", "pipeline"),
        },
        {
            # Lists, metrics and targets have no ARN.
            "Sid": "LookAround",
            "Effect": "Allow",
            "Action": ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "sagemaker:ListEndpointConfigs"],
            "Resource": "*",
        },
        {
            "Sid": "ReadLogs",
            "Effect": "Allow",
            "Action": "logs:FilterLogEvents",
            "Resource": [
                place.arn("logs", f"log-group:/aws/lambda/{own}-*"),
                place.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{own}-*"),
            ],
        },
    ]


def _look_at_resources(place: Placement, environment: str) -> list[Statement]:
    own = place.prefix
    return [
        {
            "Sid": "LookAtResources",
            "Effect": "Allow",
            "Action": [
                "dynamodb:DescribeTable",
                "events:DescribeRule",
                "iam:GetRole",
                "kinesis:DescribeStreamSummary",
                "lambda:GetFunctionConfiguration",
                "scheduler:GetSchedule",
                "sqs:GetQueueUrl",
                "ssm:GetParameter",
                "ssm:GetParametersByPath",
            ],
            "Resource": [
                place.arn("dynamodb", f"table/{own}-*"),
                place.arn("events", f"rule/{own}-*"),
                place.iam_arn("role", f"{own}-*"),
                place.arn("kinesis", f"stream/{own}-*"),
                place.arn("lambda", f"function:{own}-*"),
                place.arn("scheduler", f"schedule/default/{own}-*"),
                place.arn("sqs", f"{own}-*"),
                place.arn("ssm", f"parameter/mlops-estate/{environment}/*"),
            ],
        },
        {
            "Sid": "LookAtKeys",
            "Effect": "Allow",
            "Action": "kms:DescribeKey",
            "Resource": place.arn("kms", "key/*"),
            "Condition": {"StringLike": {"kms:RequestAlias": f"alias/{own}-*"}},
        },
    ]


def healing(
    place: Placement, environment: str, raw_arn: Text, curated_arn: Text, data_key: Text, models_key: Text
) -> list[Statement]:
    """Stops and blocks releases, renews and adds instances, retrains, moves a batch into quarantine."""
    return [
        {
            "Sid": "ReadSwitchAndOutputs",
            "Effect": "Allow",
            "Action": ["ssm:GetParameter", "ssm:GetParametersByPath"],
            "Resource": place.arn("ssm", f"parameter/mlops-estate/{environment}/*"),
        },
        {
            "Sid": "ActOnModels",
            "Effect": "Allow",
            "Action": [
                "sagemaker:CreateEndpointConfig",
                "sagemaker:DeleteEndpointConfig",
                "sagemaker:DescribeEndpoint",
                "sagemaker:DescribeEndpointConfig",
                "sagemaker:DescribeModel",
                "sagemaker:ListPipelineExecutions",
                "sagemaker:RetryPipelineExecution",
                "sagemaker:StartPipelineExecution",
                "sagemaker:UpdateEndpoint",
                "sagemaker:UpdateEndpointWeightsAndCapacities",
                "sagemaker:UpdateModelPackage",
            ],
            "Resource": _owned(place, "endpoint", "endpoint-config", "model", "model-package", "pipeline"),
        },
        {
            "Sid": "LookAround",
            "Effect": "Allow",
            "Action": [
                "application-autoscaling:DescribeScalableTargets",
                "sagemaker:ListEndpointConfigs",
                "sagemaker:ListModelPackages",
            ],
            "Resource": "*",
        },
        {
            "Sid": "StopRollouts",
            "Effect": "Allow",
            "Action": "cloudwatch:SetAlarmState",
            "Resource": place.arn("cloudwatch", f"alarm:{place.prefix}-*"),
        },
        *_moving(raw_arn, curated_arn, data_key),
        {
            # A copy of an endpoint's configuration names the key of its volumes.
            "Sid": "LendKeyToVolumes",
            "Effect": "Allow",
            "Action": ["kms:CreateGrant", "kms:DescribeKey"],
            "Resource": models_key,
        },
    ]


def runbook_steps(
    place: Placement, environment: str, raw_arn: Text, curated_arn: Text, data_key: Text, logs_key: Text
) -> list[Statement]:
    """What the steps in `runbooks/` call."""
    return [
        {
            "Sid": "ActOnModels",
            "Effect": "Allow",
            "Action": [
                "sagemaker:DescribeEndpoint",
                "sagemaker:DescribeModelPackage",
                "sagemaker:UpdateEndpointWeightsAndCapacities",
                "sagemaker:UpdateModelPackage",
            ],
            "Resource": _owned(place, "endpoint", "model-package"),
        },
        {
            "Sid": "StopRollouts",
            "Effect": "Allow",
            "Action": "cloudwatch:SetAlarmState",
            "Resource": place.arn("cloudwatch", f"alarm:{place.prefix}-*"),
        },
        {
            "Sid": "TurnSwitch",
            "Effect": "Allow",
            "Action": ["ssm:GetParameter", "ssm:PutParameter"],
            "Resource": place.arn("ssm", f"parameter/mlops-estate/{environment}/switches/*"),
        },
        {
            "Sid": "TakeDeadLetters",
            "Effect": "Allow",
            "Action": ["sqs:DeleteMessage", "sqs:ReceiveMessage"],
            "Resource": place.arn("sqs", f"{place.prefix}-*"),
        },
        {
            "Sid": "HandThemBack",
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": place.arn("lambda", f"function:{place.prefix}-*"),
        },
        {"Sid": "ReadDeadLetters", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": logs_key},
        *_moving(raw_arn, curated_arn, data_key),
    ]


def _moving(raw_arn: Text, curated_arn: Text, data_key: Text) -> list[Statement]:
    """Rows of any model leave where they lie (`<model>/rows/`), and arrive in its quarantine only."""
    rows = [pulumi.Output.concat(bucket, "/*/rows/*") for bucket in (raw_arn, curated_arn)]
    return [
        {"Sid": "FindRows", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": [raw_arn, curated_arn]},
        {"Sid": "TakeRows", "Effect": "Allow", "Action": ["s3:DeleteObject", "s3:GetObject"], "Resource": rows},
        {
            "Sid": "QuarantineRows",
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": pulumi.Output.concat(curated_arn, "/*/quarantine/*"),
        },
        {
            "Sid": "ReadAndWriteRows",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": data_key,
        },
    ]
