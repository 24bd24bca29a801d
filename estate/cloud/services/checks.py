"""Refuses what AWS refuses: requests that name roles, keys, networks, images or buckets that do not exist."""

import json
import re
from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.wire import AwsError, Params

IMAGE = re.compile(
    r"(?P<registry>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<name>[^:@]+)([:@].+)?"
)
S3_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/(?P<key>.*))?", re.DOTALL)


def invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def role(account: Account, arn: str, principal: str = "sagemaker.amazonaws.com") -> None:
    """The role exists, in this account, and `principal` may assume it."""
    found = next((item for item in account.backend("iam").roles.values() if item.arn == arn), None)
    if found is None or not _trusts(found.assume_role_policy_document, principal):
        raise invalid(
            f"Could not assume role {arn}. Please ensure that the role exists and allows principal "
            f"'{principal}' to assume the role."
        )


def _trusts(document: Any, principal: str) -> bool:
    try:
        statements = json.loads(document)["Statement"]
    except (TypeError, ValueError, KeyError):
        return False
    for statement in statements if isinstance(statements, list) else [statements]:
        who = statement.get("Principal", {})
        # Guests of Cognito's pools come as Federated, everything else as Service.
        said = [who.get(kind, []) for kind in ("Service", "Federated")] if isinstance(who, dict) else [who]
        named = [name for each in said for name in (each if isinstance(each, list) else [each])]
        if statement.get("Effect") == "Allow" and (principal in named or "*" in named):
            return True
    return False


def key(account: Account, key_id: str | None) -> None:
    """The KMS key exists and is usable; None, or empty, names none."""
    if not key_id:
        return
    kms = account.backend("kms")
    plain = kms.get_key_id(key_id) if not key_id.startswith("alias/") and ":alias/" not in key_id else None
    plain = plain if plain is not None else kms.get_key_id_from_alias(key_id)
    found = kms.keys.get(plain) if plain is not None else None
    if found is None:
        raise invalid(f"KMS key {key_id} does not exist in account {account.account_id}, {account.region}.")
    if found.key_state != "Enabled":
        raise invalid(f"KMS key {key_id} is {found.key_state}.")


def network(account: Account, vpc: Params | None) -> None:
    """Every subnet and security group of a VpcConfig exists."""
    if vpc is None:
        return
    ec2 = account.backend("ec2")
    subnets = {id for zone in ec2.subnets.values() for id in zone}
    for subnet in vpc["Subnets"]:
        if subnet not in subnets:
            raise invalid(f"The subnet ID '{subnet}' does not exist")
    groups = {id for vpc_groups in ec2.groups.values() for id in vpc_groups}
    for group in vpc["SecurityGroupIds"]:
        if group not in groups:
            raise invalid(f"The security group '{group}' does not exist")


def image(account: Account, uri: str) -> None:
    """The image lies in an existing repository of this account; its tag is not looked at, as nothing is pulled."""
    match = IMAGE.fullmatch(uri)
    if match is None:
        raise invalid(f"Invalid image URI {uri}. Please provide a valid Amazon Elastic Container Registry path.")
    if match["registry"] != account.account_id:
        raise invalid(f"Image {uri} lies in registry {match['registry']}, whose images cannot be run offline.")
    if match["name"] not in account.backend("ecr").repositories:
        raise invalid(
            f"Cannot find repository: {match['name']} in registry ID: {match['registry']} Please check if your ECR "
            "repository exists and the role has proper pull permissions."
        )


def s3_uri(account: Account, uri: str, what: str) -> tuple[str, str]:
    """Bucket and key of a URI whose bucket exists."""
    bucket, key = split(uri, what)
    if bucket not in account.backend("s3").buckets:
        raise invalid(f"{what}: bucket {bucket} does not exist")
    return bucket, key


def split(uri: str, what: str) -> tuple[str, str]:
    match = S3_URI.fullmatch(uri)
    if match is None:
        raise invalid(f"{what}: {uri!r} is not an S3 URI")
    return match["bucket"], match["key"] or ""
