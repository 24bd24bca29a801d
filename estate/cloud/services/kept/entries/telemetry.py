"""Traces, canaries, users' browsers, what finds unusual logs: what watches the estate from outside it."""

from estate.cloud.services.account import Account
from estate.cloud.services.kept.checks import bucket, key, network, role
from estate.cloud.services.kept.kind import Above, Codes, Kind
from estate.cloud.services.wire import Params

_XRAY = Codes("InvalidRequestException", "InvalidRequestException", "InvalidRequestException")
_LOGS = Codes("InvalidParameterException", "ResourceNotFoundException", "InvalidParameterException")


def _has_log_group(account: Account, arn: str) -> bool:
    return group_name(arn) in account.backend("logs").groups


def group_name(text: str) -> str:
    """A log group's name, of its name or its ARN."""
    return text.partition(":log-group:")[2].removesuffix(":*") or text


def _timeline(record: Params) -> Params:
    return {"Created": record["_created"], "LastModified": record["_updated"]}


def _code(record: Params) -> Params:
    given = record["Code"]
    return {**given, "SourceLocationArn": f"arn:aws:lambda:::layer:cwsyn-{record['Name']}-{record['Id']}:1"}


def _is_running(record: Params) -> str | None:
    return "it is running" if record["Status"]["State"] == "RUNNING" else None


def _data_storage(record: Params) -> Params:
    kept = {"CwLogEnabled": record["CwLogEnabled"]}
    return {"CwLog": {**kept, "CwLogGroup": f"RUMService_{record['Name']}{record['Id'][:8]}"}}


KINDS = (
    Kind(
        "xray",
        "group",
        create="CreateGroup",
        read="GetGroup",
        update=("UpdateGroup",),
        delete="DeleteGroup",
        list="GetGroups",
        key=("GroupName",),
        ids=("GroupARN",),
        made={"GroupARN": "arn:{partition}:xray:{region}:{account}:group/{GroupName}/{uuid}"},
        defaults={"InsightsConfiguration": {"InsightsEnabled": False, "NotificationsEnabled": False}},
        wraps=("Group",),
        arn="GroupARN",
        codes=_XRAY,
    ),
    Kind(
        "xray",
        "sampling rule",
        create="CreateSamplingRule",
        update=("UpdateSamplingRule",),
        delete="DeleteSamplingRule",
        list="GetSamplingRules",
        key=("RuleName",),
        ids=("RuleARN",),
        made={"RuleARN": "arn:{partition}:xray:{region}:{account}:sampling-rule/{RuleName}"},
        wraps=("SamplingRule", "SamplingRuleUpdate", "SamplingRuleRecord"),
        arn="RuleARN",
        codes=_XRAY,
    ),
    Kind(
        "xray",
        "encryption",
        create="PutEncryptionConfig",
        update=("PutEncryptionConfig",),
        read="GetEncryptionConfig",
        single=True,
        always={"Type": "NONE"},
        made={"Status": "ACTIVE"},
        wraps=("EncryptionConfig",),
        checks=(key("KeyId"),),
        codes=_XRAY,
    ),
    Kind(
        "xray",
        "resource policy",
        create="PutResourcePolicy",
        update=("PutResourcePolicy",),
        delete="DeleteResourcePolicy",
        list="ListResourcePolicies",
        key=("PolicyName",),
        made={"PolicyRevisionId": "{hex8}"},
        wraps=("ResourcePolicy",),
        codes=_XRAY,
    ),
    Kind(
        "xray",
        "trace segment destination",
        create="UpdateTraceSegmentDestination",
        update=("UpdateTraceSegmentDestination",),
        read="GetTraceSegmentDestination",
        single=True,
        always={"Destination": "XRay"},
        made={"Status": "ACTIVE"},
        codes=_XRAY,
    ),
    Kind(
        "synthetics",
        "canary",
        create="CreateCanary",
        read="GetCanary",
        update=("UpdateCanary",),
        delete="DeleteCanary",
        list="DescribeCanaries",
        acts={"StartCanary": {"Status": {"State": "RUNNING"}}, "StopCanary": {"Status": {"State": "STOPPED"}}},
        key=("Name",),
        made={
            "Id": "{uuid}",
            "Status": {"State": "READY"},
            "Arn": "arn:{partition}:synthetics:{region}:{account}:canary:{Name}",
            "EngineArn": "arn:{partition}:lambda:{region}:{account}:function:cwsyn-{Name}-{Id}:1",
        },
        defaults={
            "SuccessRetentionPeriodInDays": 31,
            "FailureRetentionPeriodInDays": 31,
            "RunConfig": {"TimeoutInSeconds": 840, "MemoryInMB": 1000, "ActiveTracing": False},
            "ProvisionedResourceCleanup": "AUTOMATIC",
        },
        wraps=("Canary",),
        shown={"Timeline": _timeline, "Code": _code},
        filters={"Names": "Name"},
        checks=(
            role("ExecutionRoleArn", "lambda.amazonaws.com"),
            bucket("Code.S3Bucket"),
            bucket("ArtifactS3Location"),
            network("VpcConfig.SubnetIds", "VpcConfig.SecurityGroupIds"),
            key("ArtifactConfig.S3Encryption.KmsKeyArn"),
            key("KmsKeyArn"),
        ),
        arn="Arn",
        busy=_is_running,
    ),
    Kind(
        "rum",
        "app monitor",
        create="CreateAppMonitor",
        read="GetAppMonitor",
        update=("UpdateAppMonitor",),
        delete="DeleteAppMonitor",
        list="ListAppMonitors",
        key=("Name",),
        made={"Id": "{uuid}", "State": "CREATED", "Arn": "arn:{partition}:rum:{region}:{account}:appmonitor/{Name}"},
        defaults={"CwLogEnabled": False, "CustomEvents": {"Status": "DISABLED"}, "Platform": "Web"},
        wraps=("AppMonitor",),
        shown={"DataStorage": _data_storage},
        checks=(role("AppMonitorConfiguration.GuestRoleArn", "cognito-identity.amazonaws.com"),),
        arn="Arn",
    ),
    Kind(
        "rum",
        "metrics destination",
        create="PutRumMetricsDestination",
        update=("PutRumMetricsDestination",),
        delete="DeleteRumMetricsDestination",
        list="ListRumMetricsDestinations",
        key=("AppMonitorName", "Destination", "DestinationArn"),
        above=(Above("AppMonitorName", "app monitor", holds=False),),
    ),
    Kind(
        "logs",
        "anomaly detector",
        create="CreateLogAnomalyDetector",
        read="GetLogAnomalyDetector",
        update=("UpdateLogAnomalyDetector",),
        delete="DeleteLogAnomalyDetector",
        list="ListLogAnomalyDetectors",
        ids=("anomalyDetectorArn",),
        made={
            "anomalyDetectorArn": "arn:{partition}:logs:{region}:{account}:anomaly-detector:{uuid}",
            "anomalyDetectorStatus": "ANALYZING",
        },
        defaults={"anomalyVisibilityTime": 21},
        filters={"filterLogGroupArn": "logGroupArnList"},
        above=(Above("logGroupArnList", exists=_has_log_group, holds=False),),
        checks=(key("kmsKeyId"),),
        arn="anomalyDetectorArn",
        codes=_LOGS,
    ),
    Kind(
        "logs",
        "data protection policy",
        create="PutDataProtectionPolicy",
        update=("PutDataProtectionPolicy",),
        read="GetDataProtectionPolicy",
        delete="DeleteDataProtectionPolicy",
        key=("logGroupIdentifier",),
        plain={"logGroupIdentifier": group_name},
        above=(
            Above(
                "logGroupIdentifier", exists=_has_log_group, delete="DeleteLogGroup", given="logGroupName", holds=False
            ),
        ),
        codes=_LOGS,
    ),
    Kind(
        "logs",
        "account policy",
        create="PutAccountPolicy",
        update=("PutAccountPolicy",),
        delete="DeleteAccountPolicy",
        list="DescribeAccountPolicies",
        key=("policyType", "policyName"),
        made={"accountId": "{account}"},
        defaults={"scope": "ALL"},
        wraps=("accountPolicy",),
        codes=_LOGS,
    ),
)
