"""Refuses requests that name what does not exist; paths are JMESPath over a record's members."""

import jmespath

from estate.cloud.services import checks
from estate.cloud.services.account import Account
from estate.cloud.services.kept.kind import Check
from estate.cloud.services.wire import Params


def role(path: str, principal: str) -> Check:
    """The role at `path`, where one is named, exists and lets `principal` assume it."""

    def check(account: Account, values: Params) -> None:
        for arn in _named(path, values):
            checks.role(account, arn, principal)

    return check


def key(path: str) -> Check:
    """The KMS key at `path`, where one is named, exists and is enabled."""

    def check(account: Account, values: Params) -> None:
        for id in _named(path, values):
            checks.key(account, id)

    return check


def network(subnets: str, groups: str) -> Check:
    """The subnets and the security groups that are named exist."""

    def check(account: Account, values: Params) -> None:
        named = {"Subnets": _named(subnets, values), "SecurityGroupIds": _named(groups, values)}
        checks.network(account, named)

    return check


def bucket(path: str) -> Check:
    """The bucket of the S3 URI, of the ARN or of the name at `path`, where one is named, exists."""

    def check(account: Account, values: Params) -> None:
        for named in _named(path, values):
            plain = named.removeprefix("s3://").rpartition(":::")[2].partition("/")[0]
            if plain not in account.backend("s3").buckets:
                raise checks.invalid(f"The bucket {plain} does not exist")

    return check


def topic(path: str) -> Check:
    """The SNS topic at `path`, where one is named, exists."""

    def check(account: Account, values: Params) -> None:
        for arn in _named(path, values):
            if arn not in account.backend("sns").topics:
                raise checks.invalid(f"The topic {arn} does not exist")

    return check


def _named(path: str, values: Params) -> list[str]:
    found = jmespath.search(path, values)
    return [item for item in (found if isinstance(found, list) else [found]) if item]
