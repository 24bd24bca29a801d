"""Requests that AWS refuses because of what they name, and that moto accepts: keys, boundaries, roles."""

from moto.backends import get_backend
from moto.iam.exceptions import NoSuchEntity
from moto.iam.models import IAMBackend
from moto.logs.exceptions import InvalidParameterException
from moto.logs.models import LogsBackend

from estate.cloud.services.automation import documents
from estate.cloud.services.events import event_rules
from estate.cloud.services.grants import allows
from estate.cloud.services.limits.guards import Given, Guard


def _log_group(logs: LogsBackend, given: Given) -> None:
    """CloudWatch Logs encrypts with a key of yours only where the key's policy lets it."""
    key_id, name = given.get("kwargs", {}).get("kmsKeyId"), given["log_group_name"]
    if not key_id:
        return
    region, account = logs.region_name, logs.account_id
    key = get_backend("kms")[account][region].keys.get(key_id.rpartition("/")[2])
    source = {"kms:encryptioncontext:aws:logs:arn": f"arn:aws:logs:{region}:{account}:log-group:{name}"}
    wanted = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")
    if key is None or not all(allows(key.policy, f"logs.{region}.amazonaws.com", action, source) for action in wanted):
        raise InvalidParameterException(
            "The specified KMS key does not exist or is not allowed to be used with Arn "
            f"'{source['kms:encryptioncontext:aws:logs:arn']}'"
        )


def _boundary(iam: IAMBackend, given: Given) -> None:
    arn = given.get("permissions_boundary")
    if arn and arn not in iam.managed_policies:
        raise NoSuchEntity(f"Scope ARN: {arn} does not exist or is not attachable.")


CREATIONS: tuple[tuple[type, str, Guard], ...] = (
    (LogsBackend, "create_log_group", _log_group),
    (IAMBackend, "create_role", _boundary),
    (IAMBackend, "put_role_permissions_boundary", _boundary),
    *event_rules.GUARDS,
    *documents.GUARDS,
)
