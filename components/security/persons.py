"""The roles that persons assume: who may, and what they may then do."""

from collections.abc import Mapping
from enum import StrEnum

import pulumi
from pulumi_aws import iam
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, document
from components.names import Limit
from components.roles import inline_policy
from components.security.person_policies import auditor, data_scientist, ml_engineer

SAML_AUDIENCE = "https://signin.aws.amazon.com/saml"
SESSION_SECONDS = 4 * 60 * 60


class Person(StrEnum):
    """Who works with the estate; the value names the role."""

    DATA_SCIENTIST = "data-scientist"
    ML_ENGINEER = "ml-engineer"
    AUDITOR = "auditor"


DESCRIPTIONS = {
    Person.DATA_SCIENTIST: "Reads curated data and features, runs jobs; approves and deploys nothing",
    Person.ML_ENGINEER: "Starts pipelines, approves versions, follows incidents; deploys nothing",
    Person.AUDITOR: "Reads configuration, logs and evidence; no data",
}


class Trust(Args):
    """Who may assume a person's role; whoever is named in any of the three may."""

    saml_provider_arn: str | None = Field(
        default=None, description="SAML provider of the company's directory; the directory says who has the role."
    )
    permission_sets: tuple[str, ...] = Field(
        default=(),
        description="Permission sets of IAM Identity Center in this account, which asks for the second factor.",
    )
    principal_arns: tuple[str, ...] = Field(default=(), description="Users and roles that have signed in with MFA.")


class PersonsArgs(Args):
    placement: Placement
    environment: str = Field(description="Name of the environment, whose published parameters persons may read.")
    trusted: Mapping[Person, Trust] = Field(description="Who is who; a role that nobody may assume is not made.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="What the roles may never exceed.")
    data_key_arn: pulumi.Input[str] = Field(description="Key of the lake and the feature store.")
    models_key_arn: pulumi.Input[str] = Field(description="Key of the models' zone.")
    logs_key_arn: pulumi.Input[str] = Field(description="Key of logs and of the audit trail.")
    jobs_role_arn: pulumi.Input[str] = Field(description="Role as which a data scientist's jobs run.")
    instance_types: tuple[str, ...] = Field(
        min_length=1, description="Patterns of the instance types that a data scientist's jobs may ask for."
    )
    governed: bool = Field(
        default=False,
        description="Lake Formation says which columns persons read: they ask Athena, and read no curated files.",
    )


class Persons(Component):
    """One role a kind of person, under the boundary, for four hours at a time; data goes to none beyond its work."""

    arns: dict[Person, pulumi.Output[str]]

    def __init__(self, name: str, args: PersonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:security:Persons", name, args.placement, opts)
        place = args.placement
        self.arns = {}
        for person, trusted in args.trusted.items():
            role = iam.Role(
                f"{name}-{person}",
                name=place.named(person, limit=Limit.IAM_ROLE),
                path=place.path,
                description=DESCRIPTIONS[person],
                max_session_duration=SESSION_SECONDS,
                permissions_boundary=args.permission_boundary_arn,
                assume_role_policy=document(*_trust(place, trusted)),
                opts=self.child(),
            )
            inline_policy(self, role.name, f"{person}-work", *_work(person, args), suffix=f"{person}-work")
            self.arns[person] = role.arn
        self.register_outputs({"arns": {person.value: arn for person, arn in self.arns.items()}})


def _work(person: Person, args: PersonsArgs) -> list[Statement]:
    place = args.placement
    if person is Person.AUDITOR:
        return auditor(place, args.logs_key_arn)
    if person is Person.ML_ENGINEER:
        return ml_engineer(
            place, args.environment, args.data_key_arn, args.models_key_arn, args.logs_key_arn, args.governed
        )
    return data_scientist(
        place, args.environment, args.data_key_arn, args.jobs_role_arn, args.instance_types, args.governed
    )


def _trust(place: Placement, trusted: Trust) -> list[Statement]:
    found: list[Statement] = []
    if trusted.saml_provider_arn is not None:
        found.append(
            {
                "Sid": "Directory",
                "Effect": "Allow",
                "Principal": {"Federated": trusted.saml_provider_arn},
                "Action": "sts:AssumeRoleWithSAML",
                "Condition": {"StringEquals": {"SAML:aud": SAML_AUDIENCE}},
            }
        )
    account = f"arn:{place.partition}:iam::{place.account_id}"
    if trusted.permission_sets:
        # The roles of permission sets end in a hash, and a principal may hold no wildcard.
        roles = f"{account}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_"
        found.append(
            {
                "Sid": "IdentityCenter",
                "Effect": "Allow",
                "Principal": {"AWS": f"{account}:root"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "ArnLike": {"aws:PrincipalArn": [f"{roles}{each}_*" for each in trusted.permission_sets]}
                },
            }
        )
    if trusted.principal_arns:
        found.append(
            {
                "Sid": "SecondFactor",
                "Effect": "Allow",
                "Principal": {"AWS": list(trusted.principal_arns)},
                "Action": "sts:AssumeRole",
                "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            }
        )
    return found
