import json

import pytest
from pydantic import ValidationError

from components.budget.config_recorder import ConfigRecorder, ConfigRecorderArgs


def args(place, **changes):
    given = {"log_bucket": "logs", "permission_boundary_arn": "arn:aws:iam::123456789012:policy/boundary"}
    return ConfigRecorderArgs.model_validate(
        {"placement": place, "required_tags": ("owner", "environment"), **given, **changes}
    )


def test_required_tags_are_checked_by_awss_own_rule(record, place):
    rule = record(lambda: ConfigRecorder("config", args(place))).named("config-required-tags")

    assert rule["source"] == {"owner": "AWS", "sourceIdentifier": "REQUIRED_TAGS"}
    assert json.loads(rule["inputParameters"]) == {"tag1Key": "owner", "tag2Key": "environment"}


def test_recording_starts_when_there_is_somewhere_to_deliver(record, place):
    made = record(lambda: ConfigRecorder("config", args(place)))

    assert made.named("config-channel")["s3BucketName"] == "logs"
    assert made.named("config-on")["isEnabled"] is True
    assert any(urn.endswith("::config-channel") for urn in made.goal("config-on").dependencies)
    assert any(urn.endswith("::config-recorder") for urn in made.goal("config-channel").dependencies)


@pytest.mark.parametrize(("fixture", "how_often"), [("place", "DAILY"), ("protected_place", "CONTINUOUS")])
def test_every_kind_is_recorded_as_often_as_the_environment_is_worth(record, request, fixture, how_often):
    recorder = record(lambda: ConfigRecorder("config", args(request.getfixturevalue(fixture)))).named("config-recorder")

    assert recorder["recordingGroup"] == {"allSupported": True, "includeGlobalResourceTypes": True}
    assert recorder["recordingMode"] == {"recordingFrequency": how_often}


def test_its_role_reads_and_delivers_and_nothing_else(record, place):
    made = record(lambda: ConfigRecorder("config", args(place)))

    assert made.named("config-reads")["policyArn"] == "arn:aws:iam::aws:policy/service-role/AWS_ConfigRole"
    writes = made.statements("config-writes")
    assert writes["1"]["Resource"] == "arn:aws:s3:::logs/config/AWSLogs/123456789012/Config/*"
    assert made.named("config-role")["permissionsBoundary"].endswith(":policy/boundary")


@pytest.mark.parametrize("tags", [(), tuple("abcdefg")])
def test_more_tags_than_the_rule_takes_or_none_are_refused(place, tags):
    with pytest.raises(ValidationError, match="required_tags"):
        args(place, required_tags=tags)
