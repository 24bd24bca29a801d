import pytest
from pydantic import ValidationError

from components.storage.query_workgroup import QueryWorkgroup, QueryWorkgroupArgs

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


def args(place, **changes):
    return QueryWorkgroupArgs.model_validate(
        {"placement": place, "bucket": "curated", "key_arn": KEY, "scan_limit_gb": 2, **changes}
    )


def test_no_client_overrides_limit_and_encryption(record, place):
    workgroup = record(lambda: QueryWorkgroup("queries", args(place))).named("queries-workgroup")

    configuration = workgroup["configuration"]
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert configuration["bytesScannedCutoffPerQuery"] == 2 * 1024**3
    assert configuration["resultConfiguration"] == {
        "outputLocation": "s3://curated/queries/",
        "expectedBucketOwner": "123456789012",
        "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY},
    }


def test_history_is_deleted_only_where_nothing_is_protected(record, place, protected_place):
    def force(where):
        return record(lambda: QueryWorkgroup("queries", args(where))).named("queries-workgroup")["forceDestroy"]

    assert (force(place), force(protected_place)) == (True, False)


def test_a_limit_of_nothing_is_refused(place):
    with pytest.raises(ValidationError, match="scan_limit_gb"):
        args(place, scan_limit_gb=0)
