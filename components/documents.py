"""IAM policy documents: statements as plain dictionaries, joined into the JSON that AWS reads."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from components.base import Placement

Text = pulumi.Input[str]
Values = Text | Sequence[Text]


class Statement(TypedDict):
    """One statement, with AWS's own keys."""

    Sid: NotRequired[str]
    Effect: str
    Principal: NotRequired[str | Mapping[str, Values]]
    Action: NotRequired[Values]
    NotAction: NotRequired[Values]
    Resource: NotRequired[Values]
    Condition: NotRequired[Mapping[str, Mapping[str, Values]]]


# An integrated engine asks for credentials, where Lake Formation governs a table; which table, its grants say.
ASK_LAKE_FORMATION: Statement = {
    "Sid": "AskLakeFormation",
    "Effect": "Allow",
    "Action": "lakeformation:GetDataAccess",
    "Resource": "*",
}


def document(*statements: Statement) -> pulumi.Output[str]:
    """The policy document of the statements: compact JSON, as a managed policy holds 6,144 characters at most."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


def trust(placement: Placement, *services: str, source_arn: str | None = None) -> pulumi.Output[str]:
    """Lets services assume a role, on behalf of this account only; `source_arn` narrows it to one kind of resource."""
    condition: dict[str, dict[str, Values]] = {"StringEquals": {"aws:SourceAccount": placement.account_id}}
    if source_arn is not None:
        condition["ArnLike"] = {"aws:SourceArn": source_arn}
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": [f"{service}.amazonaws.com" for service in services]},
            "Action": "sts:AssumeRole",
            "Condition": condition,
        }
    )


def bare_trust(service: str) -> pulumi.Output[str]:
    """Lets a service assume a role that, by its guide, names no account when it does: a condition would shut it out.

    Who may not pass the role cannot have it used.
    """
    return document(
        {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )


def tls_only(bucket_arn: Text) -> Statement:
    """Denies every request to a bucket that is not encrypted in transit."""
    return over_tls("s3:*", [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")], {"AWS": "*"})


def over_tls(action: str, resource: Values, principal: str | Mapping[str, Values] = "*") -> Statement:
    """Denies the action to everybody whose request is not encrypted in transit."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": principal,
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def lend_key(sid: str, key_arn: Values) -> Statement:
    """Lets AWS's services use a key for what they make in the name of whoever asks, such as volumes and backups."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": "kms:CreateGrant",
        "Resource": key_arn,
        "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
    }
