"""What has to go first goes as a whole, or it is said what stays."""

import boto3
import pytest
from moto import mock_aws

from estate.cloud.resources.emptying import empty_bucket


@pytest.fixture
def s3():
    with mock_aws():
        made = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        made.create_bucket(Bucket="a-bucket")
        yield made


def left(s3) -> int:
    found = s3.list_object_versions(Bucket="a-bucket")
    return len([*found.get("Versions", ()), *found.get("DeleteMarkers", ())])


def test_more_objects_than_a_page_holds_all_go(s3, monkeypatch: pytest.MonkeyPatch):
    for number in range(7):
        s3.put_object(Bucket="a-bucket", Key=str(number))
    whole = s3.list_object_versions
    monkeypatch.setattr(s3, "list_object_versions", lambda **request: whole(**request, MaxKeys=3))
    empty_bucket(lambda _service: s3, {"in": {"forceDestroy": True}, "id": "a-bucket"})
    monkeypatch.undo()
    assert left(s3) == 0


def test_without_leave_nothing_goes(s3):
    s3.put_object(Bucket="a-bucket", Key="kept")
    empty_bucket(lambda _service: s3, {"in": {}, "id": "a-bucket"})
    assert left(s3) == 1
