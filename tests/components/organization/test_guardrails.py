import json

import pytest

from components.documents import Statement
from components.organization.control_policies import LONGEST, control_policies
from components.organization.guardrails import Guardrails, GuardrailsArgs

POLICY = "aws:organizations/policy:Policy"
ATTACHMENT = "aws:organizations/policyAttachment:PolicyAttachment"
EXEMPT = ("mlops/bootstrap/*",)
ADMINISTRATOR = "arn:aws:iam::123456789012:role/admin"


def guardrails(place, **changes):
    given = {"targets": {"ml": "ou-ab12-cdef3456"}, "regions": ("eu-west-1",), "exempt_roles": EXEMPT}
    return GuardrailsArgs.model_validate({"placement": place, **given, **changes})


def denies(policy: list[Statement], action: str, **context: str) -> bool:
    """Whether a policy denies a request, whose condition keys are given with `__` for a colon."""
    given = {"aws:PrincipalArn": ADMINISTRATOR} | {key.replace("__", ":"): value for key, value in context.items()}
    return any(_speaks(each, action) and _met(each.get("Condition", {}), given) for each in policy)


def _speaks(statement, action):
    if "NotAction" in statement:
        return not any(_like(action, pattern) for pattern in statement["NotAction"])
    named = statement["Action"]
    return any(_like(action, pattern) for pattern in ([named] if isinstance(named, str) else named))


def _met(conditions, given):
    checks = {
        "StringLike": lambda value, wanted: any(_like(value, each) for each in wanted),
        "StringEquals": lambda value, wanted: value in wanted,
        "StringNotEquals": lambda value, wanted: value not in wanted,
        "ArnNotLike": lambda value, wanted: not any(_like(value, each) for each in wanted),
        "Bool": lambda value, wanted: value in wanted,
    }
    return all(
        checks[operator](given.get(key, ""), [wanted] if isinstance(wanted, str) else wanted)
        for operator, by_key in conditions.items()
        for key, wanted in by_key.items()
    )


def _like(value, pattern):
    import fnmatch

    return fnmatch.fnmatchcase(value.lower(), pattern.lower())


@pytest.mark.parametrize(
    ("policy", "action", "context"),
    [
        ("account", "organizations:LeaveOrganization", {}),
        ("account", "ec2:RunInstances", {"aws__PrincipalArn": "arn:aws:iam::123456789012:root"}),
        ("audit", "cloudtrail:StopLogging", {}),
        ("audit", "config:StopConfigurationRecorder", {}),
        ("audit", "guardduty:DeleteDetector", {}),
        ("audit", "securityhub:DisableSecurityHub", {}),
        ("data", "s3:PutAccountPublicAccessBlock", {}),
        ("data", "s3:PutBucketAcl", {"s3__x-amz-acl": "public-read"}),
        ("data", "s3:GetObject", {"aws__SecureTransport": "false"}),
        ("data", "ec2:CreateVolume", {"ec2__Encrypted": "false"}),
        ("data", "rds:CreateDBInstance", {"rds__StorageEncrypted": "false"}),
        ("data", "lambda:CreateFunctionUrlConfig", {"lambda__FunctionUrlAuthType": "NONE"}),
        ("data", "sagemaker:CreateNotebookInstance", {"sagemaker__DirectInternetAccess": "Enabled"}),
        ("regions", "sagemaker:CreateTrainingJob", {"aws__RequestedRegion": "us-west-2"}),
    ],
)
def test_what_no_administrator_may_do(policy, action, context):
    assert denies(control_policies(["eu-west-1"], EXEMPT)[policy], action, **context)


@pytest.mark.parametrize(
    ("policy", "action", "context"),
    [
        ("account", "ec2:RunInstances", {}),
        ("audit", "cloudtrail:CreateTrail", {}),
        ("audit", "guardduty:GetFindings", {}),
        ("data", "s3:PutBucketPublicAccessBlock", {"aws__SecureTransport": "true"}),
        ("data", "s3:PutObject", {"s3__x-amz-acl": "bucket-owner-full-control", "aws__SecureTransport": "true"}),
        ("data", "ec2:CreateVolume", {"ec2__Encrypted": "true"}),
        ("regions", "sagemaker:CreateTrainingJob", {"aws__RequestedRegion": "eu-west-1"}),
        ("regions", "iam:CreateRole", {"aws__RequestedRegion": "us-east-1"}),
        ("regions", "ce:GetCostAndUsage", {"aws__RequestedRegion": "us-east-1"}),
    ],
)
def test_what_the_estate_does_stays_allowed(policy, action, context):
    assert not denies(control_policies(["eu-west-1"], EXEMPT)[policy], action, **context)


def test_exempt_roles_are_held_by_nothing_but_the_organisation_itself():
    bootstrap = {"aws__PrincipalArn": "arn:aws:iam::123456789012:role/mlops/bootstrap/deployer"}
    found = control_policies(["eu-west-1"], EXEMPT)

    assert not denies(found["audit"], "cloudtrail:StopLogging", **bootstrap)
    assert not denies(found["regions"], "ec2:RunInstances", aws__RequestedRegion="us-west-2", **bootstrap)
    assert denies(found["account"], "organizations:LeaveOrganization", **bootstrap)


def test_a_target_has_room_for_all_of_them(record, place):
    """Five service control policies a target, of which one is FullAWSAccess; 5,120 characters each."""
    made = record(lambda: Guardrails("g", guardrails(place)))
    contents = [each["content"] for each in made.of(POLICY) if each["type"] == "SERVICE_CONTROL_POLICY"]

    assert len(contents) == 4
    assert max(len(content) for content in contents) < LONGEST


def test_every_policy_is_attached_to_every_target(record, place):
    targets = {"ml": "ou-ab12-cdef3456", "sandbox": "123456789012"}
    made = record(lambda: Guardrails("g", guardrails(place, targets=targets, tags={"owner": []})))

    attached = [(each["policyId"], each["targetId"]) for each in made.of(ATTACHMENT)]
    assert len(attached) == len(set(attached)) == 10
    assert {target for _, target in attached} == set(targets.values())


def test_tags_are_written_one_way_and_have_known_values(record, place):
    made = record(lambda: Guardrails("g", guardrails(place, tags={"owner": [], "class": ["public", "secret"]})))

    assert made.named("g-tags")["type"] == "TAG_POLICY"
    assert json.loads(made.named("g-tags")["content"]) == {
        "tags": {
            "owner": {"tag_key": {"@@assign": "owner"}},
            "class": {"tag_key": {"@@assign": "class"}, "tag_value": {"@@assign": ["public", "secret"]}},
        }
    }


def test_a_policy_that_aws_would_refuse_for_its_length_is_refused(record, place):
    roles = tuple(f"team-{number:03}/administrator" for number in range(120))

    with pytest.raises(ValueError, match=r"the policy 'audit' has \d+ characters; allowed are 5120: name fewer roles"):
        record(lambda: Guardrails("g", guardrails(place, exempt_roles=roles)))
