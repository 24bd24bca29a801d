"""TestEventPattern says which events a rule would take."""

import json
from typing import Any

import pytest

from tests.cloud.services.harness import Ground, answer_of

EVENT: dict[str, Any] = {
    "id": "1",
    "account": "111111111111",
    "source": "aws.cloudwatch",
    "time": "2026-01-01T00:00:00Z",
    "region": "us-east-1",
    "resources": [],
    "detail-type": "CloudWatch Alarm State Change",
    "detail": {"alarmName": "mlops-dev-drift-eta", "state": {"value": "ALARM"}},
}


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"source": ["aws.cloudwatch"]}, True),
        ({"detail": {"alarmName": [{"prefix": "mlops-dev-drift-"}], "state": {"value": ["ALARM"]}}}, True),
        ({"detail": {"alarmName": [{"prefix": "mlops-dev-errors-"}]}}, False),
        ({"source": ["aws.sagemaker"]}, False),
    ],
)
def test_a_pattern_matches_or_does_not(ground: Ground, pattern: dict[str, Any], matches: bool) -> None:
    answer = ground.client("events").test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(EVENT))
    assert answer["Result"] is matches


@pytest.mark.parametrize(
    ("pattern", "event", "code"),
    [
        ("{", json.dumps(EVENT), "InvalidEventPatternException"),
        ('{"source": "aws.cloudwatch"}', json.dumps(EVENT), "InvalidEventPatternException"),
        ('{"source": ["aws.cloudwatch"]}', '{"id": "1"}', "ValidationException"),
    ],
)
def test_what_is_none_is_refused(ground: Ground, pattern: str, event: str, code: str) -> None:
    answer = answer_of(lambda: ground.client("events").test_event_pattern(EventPattern=pattern, Event=event))
    assert answer["Error"]["Code"] == code
