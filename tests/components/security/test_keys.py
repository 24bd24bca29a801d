import pytest

from components.security.keys import Keys, KeysArgs

TRAIL = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/mlops-test-trail"
KEY = "aws:kms/key:Key"


@pytest.fixture
def made(record, place):
    return record(lambda: Keys("keys", KeysArgs(placement=place, trail_arn=TRAIL)))


def test_there_is_a_rotating_key_with_an_alias_for_each_domain(made):
    assert made.names(KEY) == ["keys-data", "keys-logs", "keys-models"]
    assert {key["enableKeyRotation"] for key in made.of(KEY)} == {True}
    assert [(a["name"], a["targetKeyId"]) for a in made.of("aws:kms/alias:Alias")] == [
        (f"alias/mlops-test-{domain}", made.named(f"keys-{domain}-alias")["targetKeyId"])
        for domain in ("data", "logs", "models")
    ]


@pytest.mark.parametrize("domain", ["data", "logs", "models"])
def test_the_account_decides_who_uses_a_key(made, domain):
    statement = made.statements(f"keys-{domain}")["PermissionsComeFromIam"]

    assert statement["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}


@pytest.mark.parametrize("domain", ["data", "models"])
def test_a_linked_file_system_moves_objects_through_s3_only(made, domain):
    assert made.statements(f"keys-{domain}")["LinkedFolders"]["Condition"] == {
        "StringEquals": {
            "kms:CallerAccount": "123456789012",
            "kms:ViaService": "s3.eu-west-1.amazonaws.com",
        },
        "ArnLike": {
            "aws:PrincipalArn": "arn:aws:iam::123456789012:role/aws-service-role/"
            "s3.data-source.lustre.fsx.amazonaws.com/*"
        },
    }


def test_the_data_key_lets_nobody_in_but_what_looks_for_personal_data_or_links_the_lake(made):
    statements = made.statements("keys-data")

    assert list(statements) == ["PermissionsComeFromIam", "LookIntoObjects", "LinkedFolders"]
    assert statements["LookIntoObjects"]["Action"] == "kms:Decrypt"
    assert statements["LookIntoObjects"]["Condition"] == {
        "StringEquals": {
            "kms:CallerAccount": "123456789012",
            "kms:ViaService": "s3.eu-west-1.amazonaws.com",
        },
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/aws-service-role/macie.amazonaws.com/*"},
    }


@pytest.mark.parametrize(
    ("sid", "service", "condition"),
    [
        (
            "LogGroups",
            "logs.eu-west-1.amazonaws.com",
            {
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:123456789012:log-group:*",
                }
            },
        ),
        *(
            (
                sid,
                "logs.eu-west-1.amazonaws.com",
                {
                    "ArnLike": {
                        f"kms:EncryptionContext:{context}": "arn:aws:logs:eu-west-1:123456789012:anomaly-detector:*"
                    }
                },
            )
            for sid, context in (
                ("LogFindings", "aws:logs:arn"),
                ("LogFindingsAgain", "aws-crypto-ec:aws:logs:arn"),
            )
        ),
        (
            "TrailWrites",
            "cloudtrail.amazonaws.com",
            {
                "StringEquals": {"aws:SourceArn": TRAIL},
                "StringLike": {
                    "kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:123456789012:trail/*",
                },
            },
        ),
    ],
)
def test_services_use_the_logs_key_on_behalf_of_this_account_only(made, sid, service, condition):
    statement = made.statements("keys-logs")[sid]

    assert statement["Principal"] == {"Service": service}
    assert statement["Condition"] == condition


def test_eventbridge_and_sagemaker_write_messages_without_a_condition_that_they_do_not_meet(made):
    assert made.statements("keys-logs")["TopicsAndQueues"] == {
        "Sid": "TopicsAndQueues",
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "sagemaker.amazonaws.com"]},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
    }


def test_auto_scaling_may_use_the_models_key_for_volumes_and_nobody_else(made):
    statements = made.statements("keys-models")

    role = "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/*"
    ours = {"StringEquals": {"kms:CallerAccount": "123456789012"}, "ArnLike": {"aws:PrincipalArn": role}}
    assert statements["NodeVolumes"]["Condition"] == ours
    assert statements["NodeVolumeGrants"]["Condition"] == {**ours, "Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_the_key_of_the_audit_trail_outlives_every_estate(made):
    assert {name: made.goal(name).retain_on_delete for name in made.names(KEY)} == {
        "keys-data": False,
        "keys-logs": True,
        "keys-models": False,
    }


def test_a_protected_environment_keeps_its_keys_and_leaves_a_month_to_repent(record, protected_place):
    made = record(lambda: Keys("keys", KeysArgs(placement=protected_place, trail_arn=TRAIL)))

    assert {(g.protect, g.retain_on_delete) for g in map(made.goal, made.names(KEY))} == {(True, True)}
    assert {key["deletionWindowInDays"] for key in made.of(KEY)} == {30}
