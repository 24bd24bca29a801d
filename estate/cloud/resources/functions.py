"""Lambda functions and who may call them."""

from collections.abc import Callable
from typing import Any

from estate.cloud.resources.common import capital
from estate.cloud.resources.row import Row, Step, Tagging, Wait
from estate.cloud.resources.template import At
from estate.engine.resource import Asset

_FUNCTION = {"FunctionName": "{id}"}
_INVOKED = {"FunctionName": "{in.functionName}", "Qualifier": "{in.qualifier}"}


def _code(asset: Asset) -> dict[str, Any]:
    return {"Code": {"ZipFile": asset.content}}


def _one(key: str) -> Callable[[Any], dict[str, Any]]:
    return lambda value: {"Code": {capital(key): value}}


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
)
