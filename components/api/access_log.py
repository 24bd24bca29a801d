"""The logs of a stage. The access log has a line a request: what an audit asks for, nothing of the request itself."""

import json
from collections.abc import Mapping
from typing import TypedDict

import pulumi
from pulumi_aws import cloudwatch

from components.api.answering import AnsweringArgs
from components.base import Component

# API Gateway's variables that all its kinds of APIs have.
CALLER = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "status": "$context.status",
    "ip": "$context.identity.sourceIp",
    "caller": "$context.identity.caller",
    "bytes": "$context.responseLength",
    "latencyMs": "$context.responseLatency",
    "error": "$context.error.message",
}


class AccessLog(TypedDict):
    destination_arn: pulumi.Input[str]
    format: pulumi.Input[str]


def access_log(parent: Component, args: AnsweringArgs, line: Mapping[str, str]) -> AccessLog:
    """The log group of the door `parent`, and the form of its lines."""
    log = cloudwatch.LogGroup(
        f"{parent.name}-access-log",
        name=f"/aws/apigateway/{args.placement.named(parent.name)}",
        kms_key_id=args.key_arn,
        retention_in_days=args.log_retention_days,
        opts=parent.child(),
    )
    return {"destination_arn": log.arn, "format": json.dumps(dict(line), sort_keys=True, separators=(",", ":"))}


def execution_log(parent: Component, args: AnsweringArgs, name: pulumi.Input[str]) -> cloudwatch.LogGroup:
    """The group in which API Gateway says what went wrong; it would make it itself, in clear and for ever."""
    return cloudwatch.LogGroup(
        f"{parent.name}-execution-log",
        name=name,
        kms_key_id=args.key_arn,
        retention_in_days=args.log_retention_days,
        opts=parent.child(),
    )
