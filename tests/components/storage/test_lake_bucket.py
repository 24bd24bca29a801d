import pytest
from pydantic import ValidationError

from components.storage.lake_bucket import LakeBucket, LakeBucketArgs, Zone

KEY, OTHER = "arn:aws:kms:eu-west-1:123456789012:key/1", "arn:aws:kms:eu-west-1:123456789012:key/2"
LOGGING = "aws:s3/bucketLogging:BucketLogging"


def args(place, **changes):
    return LakeBucketArgs.model_validate({"placement": place, "zone": Zone.RAW, "key_arn": KEY, **changes})


def test_its_name_says_zone_account_and_region(record, place):
    made = record(lambda: LakeBucket("raw", args(place)))

    assert made.named("raw-bucket")["bucket"] == "mlops-test-raw-123456789012-eu-west-1"


def test_it_is_versioned_encrypted_and_private(record, place):
    made = record(lambda: LakeBucket("raw", args(place)))

    assert made.named("raw-versioning")["versioningConfiguration"] == {"status": "Enabled"}
    assert made.named("raw-encryption")["rules"] == [
        {
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY},
            "bucketKeyEnabled": True,
        }
    ]
    private = made.named("raw-private")
    assert {value for key, value in private.items() if key != "bucket"} == {True}
    assert made.named("raw-ownership")["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_requests_without_tls_are_denied(record, place):
    statement = record(lambda: LakeBucket("raw", args(place))).statements("raw-policy")["TlsOnly"]

    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", {"AWS": "*"}, "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"][1] == f"{statement['Resource'][0]}/*"


def test_objects_under_another_key_are_denied_and_those_that_name_none_are_not(record, place):
    made = record(lambda: LakeBucket("raw", args(place, other_key_arns=(OTHER,))))

    key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    assert made.statements("raw-policy")["NoOtherKey"]["Condition"] == {
        "Null": {key: "false"},
        "StringNotEquals": {key: [KEY, OTHER]},
    }
    assert made.statements("raw-policy")["NoOtherEncryption"]["Condition"] == {
        "Null": {"s3:x-amz-server-side-encryption": "false"},
        "StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"},
    }


@pytest.mark.parametrize(("changes", "days"), [({}, 30), ({"zone": Zone.MODELS}, 730), ({"noncurrent_days": 1}, 1)])
def test_old_versions_stay_as_long_as_the_zone_or_the_caller_says(record, place, changes, days):
    (rule,) = record(lambda: LakeBucket("raw", args(place, **changes))).named("raw-lifecycle")["rules"]

    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": days}


def test_without_a_log_bucket_there_are_no_access_logs(record, place):
    assert record(lambda: LakeBucket("raw", args(place))).names(LOGGING) == []

    logging = record(lambda: LakeBucket("raw", args(place, log_bucket="logs"))).inputs(LOGGING)
    assert (logging["targetBucket"], logging["targetPrefix"]) == ("logs", "raw/")


def test_a_sandbox_can_be_torn_down_with_its_data(record, place):
    made = record(lambda: LakeBucket("raw", args(place)))

    assert made.named("raw-bucket")["forceDestroy"] is True
    assert (made.goal("raw-bucket").protect, made.goal("raw-bucket").retain_on_delete) == (False, False)


def test_what_a_protected_environment_keeps_stays_guarded(record, protected_place):
    made = record(lambda: LakeBucket("raw", args(protected_place, log_bucket="logs")))

    bucket = made.goal("raw-bucket")
    assert (bucket.protect, bucket.retain_on_delete, bucket.inputs["forceDestroy"]) == (True, True, False)
    gone = {g.name for g in made.goals if g.custom and not g.retain_on_delete}
    assert gone == {"raw-access-logs"}


def test_a_reader_reads_and_nothing_else(record, place):
    made = record(lambda: LakeBucket("raw", args(place)).grant_read("trainer", "trainer-role"))

    policy = made.named("raw-read-trainer")
    assert policy["role"] == "trainer-role"
    statements = made.statements("raw-read-trainer").values()
    assert [s["Action"] for s in statements] == [
        ["s3:GetBucketLocation", "s3:ListBucket"],
        ["s3:GetObject", "s3:GetObjectVersion"],
        ["kms:Decrypt"],
    ]
    assert [s["Resource"] for s in statements if s["Action"] == ["kms:Decrypt"]] == [[KEY]]


def test_a_writer_writes_where_it_may_and_reads_nothing(record, place):
    made = record(lambda: LakeBucket("raw", args(place)).grant_write("models", "models-role", "*/capture/*"))

    objects = made.statements("raw-write-models")["1"]
    assert objects["Resource"].endswith("/*/capture/*")
    assert "s3:GetObject" not in objects["Action"]
    assert not any(action.startswith("s3:Delete") for action in objects["Action"])


@pytest.mark.parametrize("wrong", [{"zone": "bronze"}, {"noncurrent_days": 0}, {"versionning": True}])
def test_wrong_arguments_are_refused_before_anything_is_registered(place, wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        args(place, **wrong)


def test_objects_expire_by_zone_and_by_prefix_and_none_by_default(record, place):
    changes = {"retention_days": 400, "expiring": {"queries/": 14}}
    made = record(lambda: LakeBucket("raw", args(place, **changes)))
    rules = {rule["id"]: rule for rule in made.named("raw-lifecycle")["rules"]}

    assert rules["expire-all"]["expiration"] == {"days": 400}
    assert (rules["expire-queries"]["filter"], rules["expire-queries"]["expiration"]) == (
        {"prefix": "queries/"},
        {"days": 14},
    )
    (only,) = record(lambda: LakeBucket("raw", args(place))).named("raw-lifecycle")["rules"]
    assert only["id"] == "expire-old-versions"


def test_tiers_by_use_all_answer_at_once(record, place):
    made = record(lambda: LakeBucket("raw", args(place, tiering=True)))

    (tier,) = [rule for rule in made.named("raw-lifecycle")["rules"] if rule["id"] == "tier-by-use"]
    assert tier["transitions"] == [{"days": 0, "storageClass": "INTELLIGENT_TIERING"}]
    assert made.names("aws:s3/bucketIntelligentTieringConfiguration:BucketIntelligentTieringConfiguration") == []
