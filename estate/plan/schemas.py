"""Parameters against CloudFormation's schemas, where a service's own shapes say less.

The API's parameters and CloudFormation's properties mostly have the same names; where they do, and the kinds of value
agree, the schema's enum, pattern, length and range hold for the parameter too.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from estate.plan.fault import Leaf
from estate.plan.shapes import compiled, some

# Pulumi's class has another name than CloudFormation's type; without an entry both are made of the token.
TYPES = {
    "aws:appautoscaling/policy:Policy": "AWS::ApplicationAutoScaling::ScalingPolicy",
    "aws:appautoscaling/target:Target": "AWS::ApplicationAutoScaling::ScalableTarget",
    "aws:athena/workgroup:Workgroup": "AWS::Athena::WorkGroup",
    "aws:budgets/budget:Budget": "AWS::Budgets::Budget",
    "aws:cfg/recorder:Recorder": "AWS::Config::ConfigurationRecorder",
    "aws:cloudwatch/eventRule:EventRule": "AWS::Events::Rule",
    "aws:cloudwatch/logGroup:LogGroup": "AWS::Logs::LogGroup",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "AWS::Logs::MetricFilter",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "AWS::CloudWatch::Alarm",
    "aws:cloudwatch/queryDefinition:QueryDefinition": "AWS::Logs::QueryDefinition",
    "aws:eks/nodeGroup:NodeGroup": "AWS::EKS::Nodegroup",
    "aws:glue/catalogDatabase:CatalogDatabase": "AWS::Glue::Database",
    "aws:glue/catalogTable:CatalogTable": "AWS::Glue::Table",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "AWS::IAM::OIDCProvider",
    "aws:iam/policy:Policy": "AWS::IAM::ManagedPolicy",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": "AWS::SageMaker::EndpointConfig",
}
SERVICES = {
    "apigateway": "ApiGateway",
    "cloudtrail": "CloudTrail",
    "cloudwatch": "CloudWatch",
    "ec2": "EC2",
    "ecr": "ECR",
    "eks": "EKS",
    "iam": "IAM",
    "kms": "KMS",
    "s3": "S3",
    "sagemaker": "SageMaker",
    "secretsmanager": "SecretsManager",
    "sns": "SNS",
    "sqs": "SQS",
    "ssm": "SSM",
}
KINDS = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}


def cloudformation_type(type: str) -> str:
    """CloudFormation's name of a Pulumi type, by table or by rule; it may not exist."""
    if type in TYPES:
        return TYPES[type]
    module, kind = type.split(":")[1].partition("/")[0], type.rpartition(":")[2]
    return f"AWS::{SERVICES.get(module, module.capitalize())}::{kind}"


@cache
def schema(type: str, region: str) -> Mapping[str, Any] | None:
    """The schema of a CloudFormation type in a region; None where there is none."""
    hashes = _types(region)
    if type not in hashes:
        return None
    return json.loads((_folder() / "resources" / f"{hashes[type]}.json").read_text())


@cache
def _types(region: str) -> Mapping[str, str]:
    file = _folder() / "providers" / f"{region}.json"
    return json.loads(file.read_text()) if file.is_file() else {}


@cache
def _folder() -> Path:
    found = find_spec("cfnlint")  # importing cfn-lint itself costs a second
    if found is None or found.origin is None:
        raise ModuleNotFoundError("cfn-lint is not installed; its schemas are in the extra `rehearsal`")
    return Path(found.origin).parent / "data" / "schemas"


def leaves(params: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Leaf]:
    """The leaves of a call's parameters of which the schema says something."""
    yield from _leaves(params, root, root, "")


def _leaves(value: Any, part: Mapping[str, Any], root: Mapping[str, Any], path: str) -> Iterator[Leaf]:
    part = resolved(part, root)
    kinds = part.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds or []
    if isinstance(value, Mapping):
        properties = part.get("properties", {})
        names = {_flat(name): inner for name, inner in properties.items()}
        for key, item in value.items():
            inner = names.get(_flat(key))
            if inner is not None:
                yield from _leaves(item, inner, root, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        inner = part.get("items")
        if isinstance(inner, Mapping):
            for index, item in enumerate(value):
                yield from _leaves(item, inner, root, f"{path}[{index}]")
    elif kinds and any(_is(value, kind) for kind in kinds):
        bound = {"enum", "pattern", "minLength", "maxLength", "minimum", "maximum"} & part.keys()
        if bound:
            yield Leaf(path, value, True, _fault(value, part))


def _fault(value: Any, part: Mapping[str, Any]) -> str | None:
    if "enum" in part and value not in part["enum"]:
        return f"allowed is one of {some(map(str, part['enum']), str(value))}"
    size, unit = (len(value), " characters") if isinstance(value, str) else (value, "")
    least = part.get("minLength" if unit else "minimum")
    most = part.get("maxLength" if unit else "maximum")
    if (least is not None and size < least) or (most is not None and size > most):
        low = f"at least {least}" if least is not None else "nothing"
        return f"allowed is {low}{unit}" if most is None else f"allowed is {least or 0} to {most}{unit}"
    pattern = part.get("pattern")
    if isinstance(value, str) and pattern is not None:
        found = compiled(pattern)
        if found is not None and found.search(value) is None:
            return f"allowed is text that matches {pattern}"
    return None


def _is(value: Any, kind: str) -> bool:
    expected = KINDS.get(kind)
    return expected is not None and isinstance(value, expected) and isinstance(value, bool) is (kind == "boolean")


def resolved(part: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of a schema, or what it refers to in the whole one, `root`."""
    while "$ref" in part:
        found: Any = root
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found.get(step, {})
        part = found
    return part


def _flat(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()
