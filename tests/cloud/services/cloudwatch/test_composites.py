"""Alarms on other alarms, through plain boto3."""

import pytest

from tests.cloud.services.alarm_kit import SPEED, alarm, comes_to, composite, described, force, state, told, within
from tests.cloud.services.harness import Ground, answer_of


@pytest.fixture(scope="module")
def speed() -> float:
    return SPEED


def test_a_composite_follows_its_rule(ground: Ground) -> None:
    first, second = (alarm(ground, TreatMissingData="ignore") for _ in range(2))
    topic, read = told(ground)
    name = composite(ground, f'ALARM("{first}") AND NOT ALARM({second})', AlarmActions=[topic])
    assert state(ground, name) == "OK"
    force(ground, first, "ALARM")
    assert comes_to(ground, name, "ALARM")
    assert within(lambda: len(read()) == 1)
    assert (read()[0]["AlarmName"], read()[0]["NewStateValue"]) == (name, "ALARM")
    assert read()[0]["TriggeringChildren"][0]["Arn"].endswith(f":alarm:{first}")
    assert f":alarm:{first} transitioned to ALARM" in described(ground, name)["StateReason"]
    listed = ground.client("cloudwatch").describe_alarms(AlarmNames=[name])
    assert (listed["MetricAlarms"], listed["CompositeAlarms"]) == ([], [])  # without AlarmTypes, metric alarms only


def test_a_suppressor_holds_actions_back_until_it_is_over(ground: Ground) -> None:
    child, suppressor = alarm(ground, TreatMissingData="ignore"), alarm(ground, TreatMissingData="ignore")
    topic, read = told(ground)
    name = composite(
        ground, f"ALARM({child})", AlarmActions=[topic], ActionsSuppressor=suppressor,
        ActionsSuppressorWaitPeriod=30, ActionsSuppressorExtensionPeriod=30,
    )  # fmt: skip
    force(ground, suppressor, "ALARM")
    force(ground, child, "ALARM")
    assert comes_to(ground, name, "ALARM")
    assert described(ground, name)["ActionsSuppressedBy"] == "Alarm"
    assert read() == []
    force(ground, suppressor, "OK")
    assert within(lambda: len(read()) == 1)
    assert "ActionsSuppressedBy" not in described(ground, name)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("ALARM(nobody)", "could not find alarms: nobody"),
        ("ALARM(nobody", "ends too early"),
        ("BAD(x)", "'BAD' is none of ALARM, OK"),
        ("TRUE FALSE", "unexpected 'FALSE'"),
        ("AT_LEAST(0, ALARM, (x))", "AT_LEAST takes a number or a percentage"),
        ("ALARM(itself)", "itself would depend on itself"),
    ],
)
def test_a_wrong_rule_is_refused(ground: Ground, rule: str, message: str) -> None:
    call = ground.client("cloudwatch").put_composite_alarm
    error = answer_of(lambda: call(AlarmName="itself", AlarmRule=rule))["Error"]
    assert error["Code"] == "ValidationError"
    assert message in error["Message"]


def test_an_alarm_that_a_composite_needs_stays(ground: Ground) -> None:
    child = alarm(ground)
    parent = composite(ground, f"OK({child}) OR FALSE")
    cloudwatch = ground.client("cloudwatch")
    error = answer_of(lambda: cloudwatch.delete_alarms(AlarmNames=[child]))["Error"]
    assert error["Code"] == "ValidationError"
    assert parent in error["Message"]
    cloudwatch.delete_alarms(AlarmNames=[parent, child])
    assert answer_of(lambda: cloudwatch.delete_alarms(AlarmNames=[child]))["Error"]["Code"] == "ResourceNotFound"
