"""Requests that AWS refuses because of what they name, and that moto accepts: keys, boundaries, roles, thresholds."""

from moto.backends import get_backend
from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import CloudWatchBackend
from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend
from moto.iam.exceptions import NoSuchEntity
from moto.iam.models import IAMBackend
from moto.logs.exceptions import InvalidParameterException
from moto.logs.models import LogsBackend

from estate.cloud.services.grants import allows
from estate.cloud.services.guards import Given, Guard

DAY_S = 86400


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


def _targets(_: EventsBackend, given: Given) -> None:
    for target in given["targets"]:
        arn = target["Arn"]
        if ":sagemaker:" in arn and not target.get("RoleArn"):
            raise ValidationException(f"RoleArn is required for target {arn}.")


def _alarm(_: CloudWatchBackend, given: Given) -> None:
    if given.get("rule"):
        return
    periods, datapoints = int(given["evaluation_periods"] or 0), given.get("datapoints_to_alarm")
    if datapoints is not None and int(datapoints) > periods:
        raise ValidationError("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    if given.get("metric_data_queries"):
        return
    period = int(given["period"] or 0)
    if period not in (10, 20, 30) and period % 60:
        raise ValidationError("Period must be 10, 20, 30 or a multiple of 60")
    longest = DAY_S if period < 3600 else 7 * DAY_S
    if period * periods > longest:
        raise ValidationError(
            f"Metrics cannot be checked across more than {longest // DAY_S} day(s): EvaluationPeriods * Period must be "
            f"at most {longest}"
        )


CREATIONS: tuple[tuple[type, str, Guard], ...] = (
    (LogsBackend, "create_log_group", _log_group),
    (IAMBackend, "create_role", _boundary),
    (IAMBackend, "put_role_permissions_boundary", _boundary),
    (EventsBackend, "put_targets", _targets),
    (CloudWatchBackend, "put_metric_alarm", _alarm),
)
