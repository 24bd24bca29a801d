"""JSON documents inside inputs: policies, event patterns, pipeline definitions, dashboards."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import StructureShape

from estate.plan.fault import Leaf
from estate.plan.shapes import leaves as shape_leaves

# Largest document by resource type, in characters; IAM does not count white space.
# IAM and AWS STS quotas; S3, KMS, SNS, SQS, ECR, Secrets Manager and VPC endpoint API references.
LONGEST_POLICY = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": 20_480,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": 10_240,
    "aws:iam/policy:Policy": 6_144,
    "aws:iam/role:Role": 2_048,
    "aws:iam/rolePolicy:RolePolicy": 10_240,
    "aws:kms/key:Key": 32_768,
    "aws:s3/bucketPolicy:BucketPolicy": 20_480,
    "aws:secretsmanager/secretPolicy:SecretPolicy": 20_480,
    "aws:sns/topicPolicy:TopicPolicy": 30_720,
}
# Not of IAM's language.
OTHER_POLICIES = {
    "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
}
OTHER_INPUTS = {"redrivePolicy", "redriveAllowPolicy"}
POLICIES = re.compile(r"(^|[a-z])[pP]olicy$|^policyDocument$")
POLICY_KEYS = {"Version", "Id", "Statement"}
STATEMENT_KEYS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+")
ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov|\*):[a-z0-9*-]+:[a-z0-9*-]*:(\d{12}|aws|lambda|\*|):.+", re.S)
# A REST API's own policy calls its methods by a short form, which API Gateway completes.
RESOURCE = re.compile(rf"\*|execute-api:/.+|{ARN.pattern}", re.S)

# Steps of a SageMaker pipeline and the call whose parameters their arguments are.
STEPS = {"Processing": "CreateProcessingJob", "Training": "CreateTrainingJob", "Transform": "CreateTransformJob"}


def leaves(type: str, inputs: Mapping[str, Any]) -> Iterator[Leaf]:
    """The documents among a resource's top-level inputs, with what is wrong with them."""
    for name, value in inputs.items():
        if not isinstance(value, str) or not value:
            continue
        if type in OTHER_POLICIES or name in OTHER_INPUTS:
            continue
        if POLICIES.search(name) and value.lstrip()[:1] == "{":
            yield from _policy(type, name, value)
        elif POLICIES.search(name) and type in LONGEST_POLICY:
            yield Leaf(name, value, True, "allowed is a policy document in JSON")
        elif name == "eventPattern":
            yield Leaf(name, value, True, _event_pattern(value))
        elif name == "pipelineDefinition":
            yield from _pipeline(name, value)
        elif name == "dashboardBody":
            yield Leaf(name, value, True, _dashboard(value))


def _parsed(text: str) -> tuple[Any, str | None]:
    try:
        return json.loads(text), None
    except json.JSONDecodeError as error:
        return None, f"allowed is JSON: {error.msg} at line {error.lineno}, column {error.colno}"


def _policy(type: str, name: str, text: str) -> Iterator[Leaf]:
    document, fault = _parsed(text)
    if fault is not None:
        yield Leaf(name, text, True, fault)
        return
    longest = LONGEST_POLICY.get(type)
    size = len(re.sub(r"\s", "", text)) if ":iam/" in type else len(text)
    if longest is not None and size > longest:
        yield Leaf(name, f"{size} characters", True, f"allowed are {longest} characters")
    if not isinstance(document, dict) or not document.keys() <= POLICY_KEYS or "Statement" not in document:
        yield Leaf(name, document, True, f"allowed is an object with {', '.join(sorted(POLICY_KEYS))}")
        return
    if document.get("Version", "2012-10-17") not in ("2012-10-17", "2008-10-17"):
        yield Leaf(f"{name}.Version", document["Version"], True, "allowed is one of 2012-10-17, 2008-10-17")
    statements = document["Statement"]
    for index, statement in enumerate(statements if isinstance(statements, list) else [statements]):
        where = f"{name}.Statement[{index}]"
        if not isinstance(statement, dict):
            yield Leaf(where, statement, True, "allowed is an object")
        else:
            yield from _statement(where, statement, identity=type in IDENTITY_POLICIES and name == "policy")


IDENTITY_POLICIES = {"aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"}


def _statement(where: str, statement: Mapping[str, Any], identity: bool) -> Iterator[Leaf]:
    for key in statement.keys() - STATEMENT_KEYS:
        yield Leaf(f"{where}.{key}", statement[key], True, f"allowed are {', '.join(sorted(STATEMENT_KEYS))}")
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield Leaf(f"{where}.Effect", statement.get("Effect"), True, "allowed is one of Allow, Deny")
    if not {"Action", "NotAction"} & statement.keys():
        yield Leaf(f"{where}.Action", None, True, "it is required, or NotAction")
    for key in ("Action", "NotAction"):
        for action in listed(statement.get(key)):
            wrong = not isinstance(action, str) or ACTION.fullmatch(action) is None
            yield Leaf(f"{where}.{key}", action, True, "allowed is `service:Action` or `*`" if wrong else None)
    if identity and {"Principal", "NotPrincipal"} & statement.keys():
        yield Leaf(f"{where}.Principal", statement.get("Principal"), True, "an identity's policy has no principal")
    if identity and not {"Resource", "NotResource"} & statement.keys():
        yield Leaf(f"{where}.Resource", None, True, "it is required, or NotResource")
    for key in ("Resource", "NotResource"):
        for resource in listed(statement.get(key)):
            # A policy variable may stand for any part of an ARN.
            text = re.sub(r"\$\{[^}]*\}", "*", resource) if isinstance(resource, str) else ""
            wrong = RESOURCE.fullmatch(text) is None
            yield Leaf(f"{where}.{key}", resource, True, "allowed is an ARN or `*`" if wrong else None)


def listed(value: Any) -> list[Any]:
    """What IAM writes as one thing or as several."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _event_pattern(text: str) -> str | None:
    pattern, fault = _parsed(text)
    if fault is not None:
        return fault
    if not isinstance(pattern, dict) or not pattern:
        return "allowed is an object whose leaves are lists of values"
    return _pattern_fault(pattern, "")


def _pattern_fault(pattern: Mapping[str, Any], path: str) -> str | None:
    for key, value in pattern.items():
        here = f"{path}.{key}" if path else key
        if key == "$or":
            alternatives = value if isinstance(value, list) and len(value) > 1 else None
            if alternatives is None:
                return f"{here} must be a list of two or more patterns"
            found = next((fault for part in alternatives if (fault := _pattern_fault(part, here))), None)
        elif isinstance(value, dict):
            found = _pattern_fault(value, here)
        elif not isinstance(value, list) or not value:
            found = f"{here} must be a list of values"
        else:
            found = None
        if found is not None:
            return found
    return None


def _dashboard(text: str) -> str | None:
    body, fault = _parsed(text)
    if fault is not None:
        return fault
    widgets = body.get("widgets") if isinstance(body, dict) else None
    if not isinstance(widgets, list):
        return "allowed is an object with a list `widgets`"
    for index, widget in enumerate(widgets):
        if not isinstance(widget, dict) or not {"type", "properties"} <= widget.keys():
            return f"widgets[{index}] needs `type` and `properties`"
        if widget.get("x", 0) + widget.get("width", 6) > 24:
            return f"widgets[{index}] ends beyond column 24"
    if len(widgets) > 500:
        return f"allowed are 500 widgets (given: {len(widgets)})"
    return None


def _pipeline(name: str, text: str) -> Iterator[Leaf]:
    """A SageMaker pipeline's steps, held against the calls that they become; parameters have their defaults."""
    definition, fault = _parsed(text)
    if fault is None and not (isinstance(definition, dict) and isinstance(definition.get("Steps"), list)):
        fault = "allowed is an object with Version, Parameters and Steps"
    if fault is not None:
        yield Leaf(name, text, True, fault)
        return
    defaults = {
        f"Parameters.{parameter['Name']}": parameter["DefaultValue"]
        for parameter in definition.get("Parameters", [])
        if "DefaultValue" in parameter
    }
    yield from _steps(definition["Steps"], defaults, f"{name}.Steps")


def _steps(steps: list[Mapping[str, Any]], defaults: Mapping[str, Any], path: str) -> Iterator[Leaf]:
    for step in steps:
        where = f"{path}[{step.get('Name')}].Arguments"
        arguments = _filled(step.get("Arguments", {}), defaults)
        if step.get("Type") == "Condition":
            for branch in ("IfSteps", "ElseSteps"):
                yield from _steps(arguments.get(branch, []), defaults, f"{where}.{branch}")
        elif step.get("Type") in STEPS:
            yield from shape_leaves(arguments, _input_shape(STEPS[step["Type"]]), where, complete=False)


def _input_shape(operation: str) -> StructureShape:
    from estate.cloud.models import input_shape

    return input_shape("sagemaker", operation)


def _filled(value: Any, defaults: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"Get"} and value["Get"] in defaults:
            return defaults[value["Get"]]
        return {key: _filled(item, defaults) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, defaults) for item in value]
    return value
