import pytest

from components.audit.audit_trail import AuditTrail, AuditTrailArgs

TRAIL = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/mlops-test-trail"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/logs"


def trail(place, days=365):
    return AuditTrail("audit", AuditTrailArgs(placement=place, key_arn=KEY, log_bucket="logs", retention_days=days))


def test_all_regions_are_recorded_encrypted_and_with_digests(record, place):
    made = record(lambda: trail(place)).named("audit-trail")

    assert (made["isMultiRegionTrail"], made["includeGlobalServiceEvents"], made["enableLogFileValidation"]) == (
        True,
        True,
        True,
    )
    assert (made["name"], made["kmsKeyId"], made["enableLogging"]) == ("mlops-test-trail", KEY, True)


@pytest.mark.parametrize(("fixture", "mode"), [("place", "GOVERNANCE"), ("protected_place", "COMPLIANCE")])
def test_records_are_locked(record, request, fixture, mode):
    made = record(lambda: trail(request.getfixturevalue(fixture), days=30))

    assert made.named("audit-bucket")["objectLockEnabled"] is True
    assert made.named("audit-lock")["rule"] == {"defaultRetention": {"mode": mode, "days": 30}}


def test_only_this_trail_writes(record, place):
    statements = record(lambda: trail(place)).statements("audit-policy")

    assert statements["TrailChecks"]["Condition"] == {"StringEquals": {"aws:SourceArn": TRAIL}}
    assert statements["TrailWrites"]["Condition"] == {
        "StringEquals": {"aws:SourceArn": TRAIL, "s3:x-amz-acl": "bucket-owner-full-control"}
    }
    assert statements["TrailWrites"]["Resource"].endswith("/AWSLogs/123456789012/*")


def test_bucket_and_protections_outlive_every_estate_and_the_trail_does_not(record, place):
    made = record(lambda: trail(place))

    assert {goal.name for goal in made.goals if goal.custom and not goal.retain_on_delete} == {
        "audit-access-logs",
        "audit-trail",
    }


def test_reads_and_writes_of_the_lake_are_recorded_where_the_environment_is_protected(record, place, protected_place):
    def selectors(where):
        found = record(lambda: trail(where)).named("audit-trail")["advancedEventSelectors"]
        return {selector["name"]: selector["fieldSelectors"] for selector in found}

    assert list(selectors(place)) == ["management"]
    (arns,) = [field for field in selectors(protected_place)["objects"] if field["field"] == "resources.ARN"]
    assert arns["startsWiths"] == [
        f"arn:aws:s3:::mlops-test-{zone}-" for zone in ("raw", "curated", "features", "models")
    ]


@pytest.mark.parametrize(("days", "archived"), [(90, False), (91, True)])
def test_records_that_stay_long_move_to_an_archive(record, place, days, archived):
    (rule,) = record(lambda: trail(place, days)).named("audit-lifecycle")["rules"]

    assert ("transitions" in rule) is archived
    assert rule["expiration"] == {"days": days}
