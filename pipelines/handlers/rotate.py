"""Gives consumers of the REST API new keys, as Secrets Manager's rotation asks for in four steps.

Environment: NAMES, what the names of secrets and keys start with, `<prefix>-<api>-key-`; PLANS, the usage plan of each
consumer as JSON; KEY_DESCRIPTION, what a key's description says.

A secret holds `{"consumer": ..., "apiKey": ...}`. A new key works beside the last one, which goes with the rotation
after: a consumer that reads its secret once between two rotations is never turned away. Each step can come again.
"""

import json
import os
from typing import Any

import boto3
from botocore.exceptions import ClientError

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"
LENGTH = 40  # characters without punctuation: 238 bits


class Refused(ValueError):
    """A request that no retry will make right."""


def handle(event: dict[str, Any], _context: object) -> None:
    """One step of a rotation; or what a deployment says of a consumer: made, moved to another plan, removed."""
    if "consumer" in event:
        _deployed(event["consumer"], event["plan"], event["tf"])
        return
    secret, version, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    steps = {"createSecret": _create, "setSecret": _set, "testSecret": _test, "finishSecret": _finish}
    if step not in steps:
        raise Refused(f"step {step!r}; known are {', '.join(steps)}")
    described = _secrets().describe_secret(SecretId=secret)
    stages = described.get("VersionIdsToStages", {}).get(version)
    if stages is None:
        raise Refused(f"version {version} is none of {described['Name']}")
    if CURRENT in stages:
        return
    if PENDING not in stages:
        raise Refused(f"version {version} of {described['Name']} is not being rotated to")
    steps[step](described, version)


def _create(secret: dict[str, Any], version: str) -> None:
    """A new value under the version, unless an earlier try has left one."""
    if _value(secret, version) is not None:
        return
    drawn = _secrets().get_random_password(PasswordLength=LENGTH, ExcludePunctuation=True)
    value = {"consumer": _consumer(secret), "apiKey": drawn["RandomPassword"]}
    _secrets().put_secret_value(
        SecretId=secret["ARN"], ClientRequestToken=version, SecretString=json.dumps(value), VersionStages=[PENDING]
    )


def _set(secret: dict[str, Any], version: str) -> None:
    """The value becomes a key of the API, in the consumer's usage plan."""
    consumer, name = _consumer(secret), _name(secret, version)
    found = _keys(name)
    if not found:
        made = _gateway().create_api_key(
            name=name,
            description=os.environ["KEY_DESCRIPTION"].format(consumer=consumer),
            enabled=True,
            value=_wanted(secret, version),
        )
        found = [made]
    _join(found[0]["id"], _plan(consumer))


def _test(secret: dict[str, Any], version: str) -> None:
    """The API knows the key, with this value, switched on and in the consumer's plan."""
    name = _name(secret, version)
    found = _keys(name)
    if len(found) != 1:
        raise Refused(f"{len(found)} keys are called {name}; one is expected")
    key = _gateway().get_api_key(apiKey=found[0]["id"], includeValue=True)
    if not key["enabled"] or key["value"] != _wanted(secret, version):
        raise Refused(f"the key {name} is off, or has another value than its secret")
    _gateway().get_usage_plan_key(usagePlanId=_plan(_consumer(secret)), keyId=key["id"])


def _finish(secret: dict[str, Any], version: str) -> None:
    """The version becomes the current one; keys of versions before the last one go."""
    stages = secret["VersionIdsToStages"]
    current = next((each for each, its in stages.items() if CURRENT in its), None)
    moved = {} if current is None else {"RemoveFromVersionId": current}
    _secrets().update_secret_version_stage(
        SecretId=secret["ARN"], VersionStage=CURRENT, MoveToVersionId=version, **moved
    )
    kept = {_name(secret, each) for each in (version, current) if each is not None}
    for key in _keys(_start(_consumer(secret))):
        if key["name"] not in kept:
            _gateway().delete_api_key(apiKey=key["id"])


def _deployed(consumer: str, plan: str, told: dict[str, Any]) -> None:
    """A new consumer's keys come with its first rotation; others move, or go."""
    former = told.get("prev_input", {}).get("plan", plan)
    for key in _keys(_start(consumer)):
        if told["action"] == "delete":
            _gateway().delete_api_key(apiKey=key["id"])
        elif former != plan:
            _join(key["id"], plan)
            _gateway().delete_usage_plan_key(usagePlanId=former, keyId=key["id"])


def _join(key: str, plan: str) -> None:
    """Puts the key into the plan, unless an earlier try has."""
    try:
        _gateway().create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConflictException":
            raise


def _wanted(secret: dict[str, Any], version: str) -> str:
    value = _value(secret, version)
    if value is None:
        raise Refused(f"version {version} of {secret['Name']} has no value yet")
    return value["apiKey"]


def _value(secret: dict[str, Any], version: str) -> dict[str, str] | None:
    try:
        found = _secrets().get_secret_value(SecretId=secret["ARN"], VersionId=version, VersionStage=PENDING)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    return json.loads(found["SecretString"])


def _keys(start: str) -> list[dict[str, Any]]:
    """Keys whose names start so. API Gateway's own query is by that start too."""
    pages = _gateway().get_paginator("get_api_keys").paginate(nameQuery=start)
    return [key for page in pages for key in page["items"] if key["name"].startswith(start)]


def _name(secret: dict[str, Any], version: str) -> str:
    return f"{_start(_consumer(secret))}{version}"


def _start(consumer: str) -> str:
    """A dot ends it, which no consumer's name has: keys of `a` are not those of `a-b`."""
    return f"{os.environ['NAMES']}{consumer}."


def _consumer(secret: dict[str, Any]) -> str:
    return secret["Name"].removeprefix(os.environ["NAMES"])


def _plan(consumer: str) -> str:
    plans = json.loads(os.environ["PLANS"])
    if consumer not in plans:
        raise Refused(f"{consumer} has no usage plan; known are {', '.join(sorted(plans))}")
    return plans[consumer]


def _secrets() -> Any:
    return boto3.client("secretsmanager")


def _gateway() -> Any:
    return boto3.client("apigateway")
