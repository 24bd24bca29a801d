"""What each role needs to run and report at all."""

from components.base import Placement
from components.documents import Statement, Text, lend_key


def base_statements(
    placement: Placement, actor: str, environment: str, models_key_arn: Text, logs_key_arn: Text
) -> list[Statement]:
    """Base permissions of `jobs`, `models`, `handlers` or `scheduler`; the last has none."""
    machine = [*_interfaces(placement), _metrics(), _images(), *_volumes(models_key_arn)]
    by_actor: dict[str, list[Statement]] = {
        "jobs": [_logs(placement, "/aws/sagemaker/*"), *machine, _measures(), _parameters(placement, environment)],
        "models": [_logs(placement, "/aws/sagemaker/*"), *machine],
        "handlers": [
            _logs(placement, f"/aws/lambda/{placement.prefix}-*"),
            _metrics(),
            _parameters(placement, environment),
            _reports(logs_key_arn),
        ],
        "scheduler": [],
    }
    return by_actor[actor]


def _reports(key_arn: Text) -> Statement:
    """Topics and queues are encrypted in the sender's name."""
    return {
        "Sid": "ReportFailures",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": key_arn,
    }


def _logs(placement: Placement, groups: str) -> Statement:
    return {
        "Sid": "WriteLogs",
        "Effect": "Allow",
        "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        "Resource": placement.arn("logs", f"log-group:{groups}"),
    }


def _metrics() -> Statement:
    """Metrics have no ARN; the namespaces are the estate's and those in which SageMaker reports for a role."""
    return {
        "Sid": "PutMetrics",
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringLike": {"cloudwatch:namespace": ["MlopsEstate", "/aws/sagemaker/*", "aws/sagemaker/*"]}},
    }


def _measures() -> Statement:
    """How often each variant failed, for A/B tests; metrics have no ARN."""
    return {"Sid": "ReadMetrics", "Effect": "Allow", "Action": "cloudwatch:GetMetricStatistics", "Resource": "*"}


def _images() -> Statement:
    """The token has no ARN; which images it opens, each repository's own grant says."""
    return {"Sid": "LogInToEcr", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}


def _interfaces(placement: Placement) -> list[Statement]:
    """SageMaker puts network interfaces of jobs and models into the network on behalf of the role."""
    interfaces = [placement.arn("ec2", f"{kind}/*") for kind in ("network-interface", "subnet", "security-group")]
    return [
        {
            "Sid": "DescribeNetwork",
            "Effect": "Allow",
            "Action": [
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcEndpoints",
                "ec2:DescribeVpcs",
            ],
            "Resource": "*",
        },
        {
            "Sid": "JoinNetwork",
            "Effect": "Allow",
            "Action": [
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            "Resource": interfaces,
        },
    ]


def _volumes(key_arn: Text) -> list[Statement]:
    return [
        {
            "Sid": "EncryptVolumes",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"],
            "Resource": key_arn,
        },
        lend_key("LendKeyToVolumes", key_arn),
    ]


def _parameters(placement: Placement, environment: str) -> Statement:
    return {
        "Sid": "ReadOutputs",
        "Effect": "Allow",
        "Action": ["ssm:GetParameter", "ssm:GetParameters"],
        "Resource": placement.arn("ssm", f"parameter/mlops-estate/{environment}/*"),
    }
