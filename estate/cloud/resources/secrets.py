"""Secrets, who may use them, and how they are changed."""

import json
from typing import Any

from estate.cloud.resources.row import Row, Step, Tagging, Values, Wait

_SECRET = {"SecretId": "{id}"}
_RULES = {"rotationRules": "RotationRules", "rotationLambdaArn": "RotationLambdaARN"}
_ROTATION = ("rotateImmediately", "rotationLambdaArn", "rotationRules")


def _told(action: str) -> Any:
    """What a function is called with by Pulumi's provider: its input, and what happens to it."""

    def build(inputs: Values, known: Values) -> dict[str, Any]:
        told: dict[str, Any] = {"action": action}
        if action == "update":
            told["prev_input"] = json.loads(known["old"]["input"])
        given = json.loads(inputs["input"] if "input" in inputs else known["in"]["input"])
        return {"Payload": json.dumps({**given, "tf": told}).encode()}

    return build


_CALLED = {"FunctionName": "{in.functionName}"}

ROWS = (
    Row(
        "aws:secretsmanager/secret:Secret",
        "secretsmanager",
        Step("CreateSecret"),
        id="{made.ARN}",
        read=(Step("DescribeSecret", (), _SECRET),),
        update=(Step("UpdateSecret", ("description", "kmsKeyId"), _SECRET),),
        delete=(
            Step(
                "DeleteSecret",
                (),
                {**_SECRET, "ForceDeleteWithoutRecovery": True},
                when=lambda values: values.get("recoveryWindowInDays") == 0,
            ),
            Step(
                "DeleteSecret",
                (),
                {**_SECRET, "RecoveryWindowInDays": "{in.recoveryWindowInDays || `30`}"},
                when=lambda values: values.get("recoveryWindowInDays") != 0,
            ),
        ),
        outputs={"arn": "{id}"},
        name="name",
        fixed=("name",),
        local=("forceOverwriteReplicaSecret", "recoveryWindowInDays"),
        tagging=Tagging("TagResource", "UntagResource", None, _SECRET),
        gone=("ResourceNotFoundException",),
        gone_when=Wait("DeletedDate != null", frozenset({"True"})),
        cloudformation="AWS::SecretsManager::Secret",
    ),
    Row(
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        "secretsmanager",
        Step("PutResourcePolicy", names={"policy": "ResourcePolicy", "secretArn": "SecretId"}),
        id="{in.secretArn}",
        read=(Step("GetResourcePolicy", (), _SECRET),),
        update=(Step("PutResourcePolicy", ("blockPublicPolicy", "policy"), _SECRET, {"policy": "ResourcePolicy"}),),
        delete=(Step("DeleteResourcePolicy", (), _SECRET),),
        fixed=("secretArn",),
        gone=("ResourceNotFoundException",),
        gone_when=Wait("ResourcePolicy == null", frozenset({"True"})),
        seen={"policy": "ResourcePolicy", "secretArn": "ARN"},
        silent=("blockPublicPolicy",),
        cloudformation="AWS::SecretsManager::ResourcePolicy",
    ),
    Row(
        "aws:secretsmanager/secretRotation:SecretRotation",
        "secretsmanager",
        Step("RotateSecret", names=_RULES),
        id="{in.secretId}",
        read=(Step("DescribeSecret", (), _SECRET),),
        update=(Step("RotateSecret", _ROTATION, _SECRET, _RULES),),
        delete=(Step("CancelRotateSecret", (), _SECRET),),
        outputs={"rotationEnabled": "{read.RotationEnabled}"},
        defaults={"rotateImmediately": True},
        fixed=("secretId",),
        gone=("ResourceNotFoundException",),
        gone_when=Wait("RotationEnabled", frozenset({"False", "None"})),
        seen={"rotationLambdaArn": "RotationLambdaARN", "rotationRules": "RotationRules", "secretId": "ARN"},
        silent=("rotateImmediately",),
        cloudformation="AWS::SecretsManager::RotationSchedule",
    ),
    Row(
        "aws:lambda/invocation:Invocation",
        "lambda",
        Step("Invoke", ("input",), _CALLED, build=_told("create")),
        id="{in.functionName}",
        read=(Step("GetFunction", (), _CALLED, at="Configuration"),),
        update=(Step("Invoke", ("input",), _CALLED, build=_told("update")),),
        delete=(Step("Invoke", ("input",), _CALLED, build=_told("delete")),),
        outputs={"result": ""},
        fixed=("functionName", "lifecycleScope", "qualifier", "terraformKey"),
        local=("lifecycleScope", "qualifier", "terraformKey", "triggers"),
        gone=("ResourceNotFoundException",),
        seen={"functionName": "FunctionName", "input": "in.input"},
        lasting=True,  # a call leaves nothing that could go
        cloudformation="",
    ),
)
