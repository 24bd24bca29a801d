"""What starts what: rules, schedules, handlers, autoscaling."""

from collections.abc import Callable
from typing import Any

from estate.cloud.resources.row import Row, Step, Tagging, Values, Wait
from estate.cloud.resources.template import At
from estate.engine.resource import Asset

_BUS = At("in.eventBusName || 'default'")
_RULE = {"Name": "{in.name}", "EventBusName": _BUS}
_TARGET_MEMBERS = {
    "arn": "Arn",
    "targetId": "Id",
    "roleArn": "RoleArn",
    "input": "Input",
    "inputPath": "InputPath",
}
_FUNCTION = {"FunctionName": "{id}"}
_INVOKED = {"FunctionName": "{in.functionName}", "Qualifier": "{in.qualifier}"}
_SCHEDULE_INPUTS = (
    "actionAfterCompletion",
    "description",
    "endDate",
    "flexibleTimeWindow",
    "kmsKeyArn",
    "scheduleExpression",
    "scheduleExpressionTimezone",
    "startDate",
    "state",
    "target",
)
_SCHEDULE_NAMES = {
    "target.sagemakerPipelineParameters.pipelineParameters": "PipelineParameterList",
    "target.eventbridgeParameters": "EventBridgeParameters",
    "target.sagemakerPipelineParameters": "SageMakerPipelineParameters",
}
_SCALABLE = {
    "ServiceNamespace": "{in.serviceNamespace}",
    "ResourceId": "{in.resourceId}",
    "ScalableDimension": "{in.scalableDimension}",
}
_POLICY_NAMES = {
    "name": "PolicyName",
    "targetTrackingScalingPolicyConfiguration.scaleInCooldown": "ScaleInCooldown",
    "predictiveScalingPolicyConfiguration": "PredictiveScalingPolicyConfiguration",
}


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _target(values: Values, _: Values) -> dict[str, Any]:
    """One target of a rule, of which a call could put several."""
    made: dict[str, Any] = {name: values[key] for key, name in _TARGET_MEMBERS.items() if key in values}
    if "deadLetterConfig" in values:
        made["DeadLetterConfig"] = {"Arn": values["deadLetterConfig"]["arn"]}
    if "retryPolicy" in values:
        made["RetryPolicy"] = {_capital(key): int(value) for key, value in values["retryPolicy"].items()}
    if "inputTransformer" in values:
        given = values["inputTransformer"]
        paths = {"InputPathsMap": dict(given["inputPaths"])} if given.get("inputPaths") else {}
        made["InputTransformer"] = {**paths, "InputTemplate": given["inputTemplate"]}
    if "sagemakerPipelineTarget" in values:
        given = values["sagemakerPipelineTarget"].get("pipelineParameterLists") or []
        parameters = [{"Name": item["name"], "Value": item["value"]} for item in given]
        made["SageMakerPipelineParameters"] = {"PipelineParameterList": parameters}
    if "sqsTarget" in values:
        made["SqsParameters"] = {"MessageGroupId": values["sqsTarget"]["messageGroupId"]}
    rule = {"Rule": values["rule"]} if "rule" in values else {}
    bus = {"EventBusName": values["eventBusName"]} if "eventBusName" in values else {}
    return {**rule, **bus, **({"Targets": [made]} if made else {})}


_TARGET_INPUTS = (
    *_TARGET_MEMBERS,
    "deadLetterConfig",
    "retryPolicy",
    "inputTransformer",
    "sagemakerPipelineTarget",
    "sqsTarget",
    "rule",
    "eventBusName",
)


def _code(asset: Asset) -> dict[str, Any]:
    return {"Code": {"ZipFile": asset.content}}


def _one(key: str) -> Callable[[Any], dict[str, Any]]:
    return lambda value: {"Code": {_capital(key): value}}


_CODE = ("code", "s3Bucket", "s3Key", "s3ObjectVersion", "imageUri", "architectures", "publish")
_CODE_VIA = {
    "code": _code,
    "s3Bucket": _one("S3Bucket"),
    "s3Key": _one("S3Key"),
    "s3ObjectVersion": _one("S3ObjectVersion"),
    "imageUri": _one("ImageUri"),
}
_FUNCTION_SETTINGS = (
    "deadLetterConfig",
    "description",
    "environment",
    "ephemeralStorage",
    "fileSystemConfig",
    "handler",
    "imageConfig",
    "kmsKeyArn",
    "layers",
    "loggingConfig",
    "memorySize",
    "role",
    "runtime",
    "snapStart",
    "timeout",
    "tracingConfig",
    "vpcConfig",
)
_FUNCTION_NAMES = {
    "fileSystemConfig": "FileSystemConfigs",
    "kmsKeyArn": "KMSKeyArn",
    "imageConfig.commands": "Command",
    "loggingConfig.applicationLogLevel": "ApplicationLogLevel",
    "name": "FunctionName",
}
ROWS = (
    Row(
        "aws:cloudwatch/eventRule:EventRule",
        "events",
        Step(
            "PutRule", names={"name": "Name"}, via={"isEnabled": lambda on: {"State": "ENABLED" if on else "DISABLED"}}
        ),
        id=At("in.eventBusName && in.eventBusName != 'default' && join('/', [in.eventBusName, in.name]) || in.name"),
        read=(Step("DescribeRule", (), _RULE),),
        update=(
            Step(
                "PutRule",
                ("description", "eventPattern", "scheduleExpression", "roleArn", "state", "isEnabled"),
                _RULE,
                via={"isEnabled": lambda on: {"State": "ENABLED" if on else "DISABLED"}},
            ),
        ),
        delete=(Step("DeleteRule", (), {**_RULE, "Force": At("in.forceDestroy || `false`")}),),
        outputs={"arn": "{read.Arn}", "eventBusName": _BUS},
        name="name",
        fixed=("name", "eventBusName"),
        local=("forceDestroy",),
        gone=("ResourceNotFoundException",),
        seen={"isEnabled": "State == 'ENABLED'"},
        cloudformation="AWS::Events::Rule",
    ),
    Row(
        "aws:cloudwatch/eventTarget:EventTarget",
        "events",
        Step("PutTargets", _TARGET_INPUTS, build=_target),
        id="{in.rule}-{in.targetId}",
        read=(
            Step(
                "ListTargetsByRule",
                (),
                {"Rule": "{in.rule}", "EventBusName": _BUS},
                at="Targets[?Id == '{in.targetId}'] | [0]",
            ),
        ),
        update=(Step("PutTargets", _TARGET_INPUTS, build=_target),),
        delete=(Step("RemoveTargets", (), {"Rule": "{in.rule}", "EventBusName": _BUS, "Ids": ["{in.targetId}"]}),),
        auto="targetId",
        fixed=("rule", "targetId", "eventBusName"),
        local=("forceDestroy",),
        gone=("ResourceNotFoundException",),
        seen={"rule": "in.rule"},
        cloudformation="AWS::Events::Rule",
    ),
    Row(
        "aws:scheduler/scheduleGroup:ScheduleGroup",
        "scheduler",
        Step("CreateScheduleGroup"),
        id="{in.name}",
        read=(Step("GetScheduleGroup", (), {"Name": "{id}"}),),
        delete=(Step("DeleteScheduleGroup", (), {"Name": "{id}"}),),
        outputs={
            "arn": "{read.Arn}",
            "state": "{read.State}",
            "creationDate": "{read.CreationDate}",
            "lastModificationDate": "{read.LastModificationDate}",
        },
        name="name",
        fixed=("name",),
        gone=("ResourceNotFoundException",),
        cloudformation="AWS::Scheduler::ScheduleGroup",
    ),
    Row(
        "aws:scheduler/schedule:Schedule",
        "scheduler",
        Step("CreateSchedule", params={"ClientToken": "{token(in.name)}"}, names=_SCHEDULE_NAMES),
        id="{in.groupName || 'default'}/{in.name}",
        read=(Step("GetSchedule", (), {"Name": "{in.name}", "GroupName": "{in.groupName}"}),),
        update=(
            Step(
                "UpdateSchedule",
                _SCHEDULE_INPUTS,
                {"Name": "{in.name}", "GroupName": "{in.groupName}"},
                _SCHEDULE_NAMES,
            ),
        ),
        delete=(Step("DeleteSchedule", (), {"Name": "{in.name}", "GroupName": "{in.groupName}"}),),
        outputs={"arn": "{read.Arn}"},
        name="name",
        defaults={"groupName": "default", "state": "ENABLED", "scheduleExpressionTimezone": "UTC"},
        fixed=("name", "groupName"),
        gone=("ResourceNotFoundException",),
        cloudformation="AWS::Scheduler::Schedule",
    ),
    Row(
        "aws:lambda/function:Function",
        "lambda",
        Step("CreateFunction", names=_FUNCTION_NAMES, via=_CODE_VIA),
        follow=(
            Step(
                "PutFunctionConcurrency",
                ("reservedConcurrentExecutions",),
                _FUNCTION,
                when=lambda values: values.get("reservedConcurrentExecutions", -1) >= 0,
            ),
        ),
        id="{in.name}",
        read=(
            Step("GetFunction", (), _FUNCTION, at="Configuration"),
            Step("GetFunctionConcurrency", (), _FUNCTION),
        ),
        update=(
            Step(
                "UpdateFunctionCode",
                _CODE,
                _FUNCTION,
                via={"code": lambda asset: {"ZipFile": asset.content}},
            ),
            Step("UpdateFunctionConfiguration", _FUNCTION_SETTINGS, _FUNCTION, _FUNCTION_NAMES),
            Step(
                "DeleteFunctionConcurrency",
                ("reservedConcurrentExecutions",),
                _FUNCTION,
                when=lambda values: values.get("reservedConcurrentExecutions", -1) < 0,
                build=lambda _, __: {},
            ),
        ),
        delete=(Step("DeleteFunction", (), _FUNCTION, when=lambda values: not values.get("skipDestroy")),),
        outputs={
            "arn": "{read.FunctionArn}",
            "invokeArn": "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/"
            "{read.FunctionArn}/invocations",
            "qualifiedArn": "{read.FunctionArn}:{read.Version}",
            "qualifiedInvokeArn": "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/"
            "{read.FunctionArn}:{read.Version}/invocations",
            "responseStreamingInvokeArn": "arn:{partition}:apigateway:{region}:lambda:path/2021-11-15/functions/"
            "{read.FunctionArn}/response-streaming-invocations",
            "lastModified": "{read.LastModified}",
            "version": "{read.Version}",
            "sourceCodeSize": "{read.CodeSize}",
            "codeSha256": "{read.CodeSha256}",
            "signingJobArn": "",
            "signingProfileVersionArn": "",
        },
        name="name",
        defaults={"memorySize": 128, "timeout": 3, "packageType": "Zip"},
        fixed=("name", "packageType", "tenancyConfig"),
        local=("sourceCodeHash", "skipDestroy", "replaceSecurityGroupsOnDestroy", "replacementSecurityGroupIds"),
        tagging=Tagging("TagResource", "UntagResource", "ListTags", {"Resource": "{out.arn}"}),
        wait=Wait("State", frozenset({"Active", "Inactive"}), frozenset({"Failed"}), "StateReason"),
        gone=("ResourceNotFoundException",),
        seen={"code": "CodeSha256"},
        cloudformation="AWS::Lambda::Function",
    ),
    Row(
        "aws:lambda/permission:Permission",
        "lambda",
        Step("AddPermission", names={"function": "FunctionName"}),
        id="{in.statementId}",
        read=(
            Step(
                "GetPolicy",
                (),
                {"FunctionName": "{in.function}", "Qualifier": "{in.qualifier}"},
                at="parse(Policy).Statement[?Sid == '{id}'] | [0]",
            ),
        ),
        delete=(
            Step(
                "RemovePermission",
                (),
                {"FunctionName": "{in.function}", "StatementId": "{id}", "Qualifier": "{in.qualifier}"},
            ),
        ),
        auto="statementId",
        fixed=(
            "action",
            "eventSourceToken",
            "function",
            "functionUrlAuthType",
            "invokedViaFunctionUrl",
            "principal",
            "principalOrgId",
            "qualifier",
            "sourceAccount",
            "sourceArn",
            "statementId",
        ),
        gone=("ResourceNotFoundException",),
        seen={
            "action": "Action",
            "function": "in.function",
            "principal": "Principal.Service || Principal.AWS || Principal",
            "sourceAccount": 'Condition.StringEquals."AWS:SourceAccount"',
            "sourceArn": 'Condition.ArnLike."AWS:SourceArn"',
            "statementId": "Sid",
        },
        cloudformation="AWS::Lambda::Permission",
    ),
    Row(
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        "lambda",
        Step("PutFunctionEventInvokeConfig"),
        id=At("in.qualifier && join(':', [in.functionName, in.qualifier]) || in.functionName"),
        read=(Step("GetFunctionEventInvokeConfig", (), _INVOKED),),
        update=(
            Step(
                "PutFunctionEventInvokeConfig",
                ("destinationConfig", "maximumEventAgeInSeconds", "maximumRetryAttempts"),
                _INVOKED,
            ),
        ),
        delete=(Step("DeleteFunctionEventInvokeConfig", (), _INVOKED),),
        fixed=("functionName", "qualifier"),
        gone=("ResourceNotFoundException",),
        seen={"functionName": "in.functionName"},
        cloudformation="AWS::Lambda::EventInvokeConfig",
    ),
    Row(
        "aws:appautoscaling/target:Target",
        "application-autoscaling",
        Step("RegisterScalableTarget", names={"roleArn": "RoleARN"}),
        id="{in.resourceId}",
        read=(
            Step(
                "DescribeScalableTargets",
                (),
                {
                    "ServiceNamespace": "{in.serviceNamespace}",
                    "ResourceIds": ["{in.resourceId}"],
                    "ScalableDimension": "{in.scalableDimension}",
                },
                at="ScalableTargets[0]",
            ),
        ),
        update=(Step("RegisterScalableTarget", ("minCapacity", "maxCapacity", "suspendedState"), _SCALABLE),),
        delete=(Step("DeregisterScalableTarget", (), _SCALABLE),),
        outputs={"arn": "{read.ScalableTargetARN}", "roleArn": "{read.RoleARN}"},
        fixed=("serviceNamespace", "resourceId", "scalableDimension", "roleArn"),
        gone=("ObjectNotFoundException",),
        cloudformation="AWS::ApplicationAutoScaling::ScalableTarget",
    ),
    Row(
        "aws:appautoscaling/policy:Policy",
        "application-autoscaling",
        Step("PutScalingPolicy", names=_POLICY_NAMES),
        id="{in.name}",
        read=(
            Step(
                "DescribeScalingPolicies",
                (),
                {
                    "ServiceNamespace": "{in.serviceNamespace}",
                    "ResourceId": "{in.resourceId}",
                    "ScalableDimension": "{in.scalableDimension}",
                },
                at="ScalingPolicies[?PolicyName == '{in.name}'] | [0]",
            ),
        ),
        update=(
            Step(
                "PutScalingPolicy",
                (
                    "policyType",
                    "stepScalingPolicyConfiguration",
                    "targetTrackingScalingPolicyConfiguration",
                    "predictiveScalingPolicyConfiguration",
                ),
                {"PolicyName": "{in.name}", **_SCALABLE},
                _POLICY_NAMES,
            ),
        ),
        delete=(Step("DeleteScalingPolicy", (), {"PolicyName": "{in.name}", **_SCALABLE}),),
        outputs={"arn": "{read.PolicyARN}", "alarmArns": At("read.Alarms[].AlarmARN || `[]`")},
        name="name",
        fixed=("name", "resourceId", "scalableDimension", "serviceNamespace"),
        gone=("ObjectNotFoundException",),
        cloudformation="AWS::ApplicationAutoScaling::ScalingPolicy",
    ),
)
