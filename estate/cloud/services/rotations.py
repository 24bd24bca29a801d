"""Secrets Manager's rotation: the function that a secret names is run, step by step, as Secrets Manager runs it.

moto runs functions in Docker, asks nobody whether it may call them, and rotates no secret that has no value yet.
"""

import json
import logging
import uuid
from typing import Any

from estate.cloud.services.account import Account, now
from estate.cloud.services.functions.functions import Functions
from estate.cloud.services.wire import AwsError, Params, PassOn, Table

LOG = logging.getLogger(__name__)
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
PRINCIPAL = "secretsmanager.amazonaws.com"
CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
DAY_S = 86400


class Rotations:
    def __init__(self, account: Account, functions: Functions) -> None:
        self._account = account
        self._functions = functions

    def register(self, table: Table) -> None:
        table.add("secretsmanager", (self.rotate_secret, self.update_secret_version_stage))

    def rotate_secret(self, params: Params) -> Params:
        """Answers at once; the four steps run afterwards, and one that fails leaves the version pending."""
        with self._account.lock:
            secret = self._secret(params["SecretId"])
            arn = params.get("RotationLambdaARN") or secret.rotation_lambda_arn
            if not arn:
                raise AwsError(
                    "InvalidRequestException", "No Lambda rotation function ARN is associated with this secret."
                )
            self._may_call(arn, secret.arn)
            version = params.get("ClientRequestToken") or str(uuid.uuid4())
            pending = next((id for id, each in secret.versions.items() if PENDING in each["version_stages"]), None)
            if pending is not None and CURRENT not in secret.versions[pending]["version_stages"]:
                raise AwsError(
                    "InvalidRequestException",
                    "A previous rotation isn't complete. That rotation will be reattempted.",
                )
            self._remember(secret, arn, params.get("RotationRules") or {})
            if params.get("RotateImmediately") is False:
                return {"ARN": secret.arn, "Name": secret.name}
            secret.remove_version_stages_from_old_versions([PENDING])
            secret.versions[version] = {
                "createdate": int(now().timestamp()),
                "version_id": version,
                "version_stages": [PENDING],
            }
        self._account.processes.spawn(lambda: self._run(secret, arn, version), f"rotation-{secret.name}")
        return {"ARN": secret.arn, "Name": secret.name, "VersionId": version}

    def update_secret_version_stage(self, params: Params) -> Params:
        """moto fails where no version is the current one yet; all else it does."""
        with self._account.lock:
            secret, stage = self._secret(params["SecretId"]), params["VersionStage"]
            bearers = [each for each in secret.versions.values() if stage in each["version_stages"]]
            target = secret.versions.get(params.get("MoveToVersionId"))
            if bearers or params.get("RemoveFromVersionId") or target is None:
                raise PassOn
            target["version_stages"].append(stage)
            if stage == CURRENT:
                secret.set_default_version_id(params["MoveToVersionId"])
            return {"ARN": secret.arn, "Name": secret.name}

    def _secret(self, id: str) -> Any:
        backend = self._account.backend("secretsmanager")
        if id not in backend.secrets:
            raise AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        secret = backend.secrets[id]
        if secret.is_deleted():
            raise AwsError(
                "InvalidRequestException",
                "You can't perform this operation on the secret because it was marked for deletion.",
            )
        return secret

    def _may_call(self, function_arn: str, secret_arn: str) -> None:
        """Raises AwsError (AccessDeniedException) where the function's policy does not let Secrets Manager in."""
        function = self._functions.find(function_arn)
        source = {"aws:sourceaccount": self._account.account_id, "aws:sourcearn": secret_arn}
        if not self._functions.may_be_invoked(function, PRINCIPAL, source):
            raise AwsError(
                "AccessDeniedException",
                "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
                f"access to the principal {PRINCIPAL}.",
            )

    def _remember(self, secret: Any, arn: str, rules: Params) -> None:
        secret.rotation_requested = secret.rotation_enabled = True
        secret.rotation_lambda_arn = arn
        if "AutomaticallyAfterDays" in rules:
            secret.auto_rotate_after_days = rules["AutomaticallyAfterDays"]
            secret.next_rotation_date = int(now().timestamp()) + secret.auto_rotate_after_days * DAY_S

    def _run(self, secret: Any, arn: str, version: str) -> None:
        for step in STEPS:
            event = {"SecretId": secret.arn, "ClientRequestToken": version, "Step": step}
            answer = self._functions.run(self._functions.find(arn), json.dumps(event).encode())
            if answer.error:
                LOG.warning("the rotation of %s failed at %s: %s", secret.name, step, answer.payload.decode())
                return
        secret.last_rotation_date = int(now().timestamp())
