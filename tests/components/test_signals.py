import pytest

from components.signals import SEVERITIES, Signal, alarm_events, alarm_name, alarm_prefix
from tests.components.places import VIRGINIA


def test_every_signal_wakes_somebody():
    assert set(SEVERITIES) == set(Signal)


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize("subject", ["eta", "m" * 32])
def test_an_alarm_is_found_by_its_signals_prefix_and_by_no_other(signal, subject):
    place = VIRGINIA.model_copy(update={"prefix": "mlopsest-abcdefghijklmno"})  # the longest there is
    name = alarm_name(place, signal, subject)

    assert [other for other in Signal if name.startswith(alarm_prefix(place, other))] == [signal]


def test_events_are_of_alarms_that_go_off():
    assert alarm_events(VIRGINIA, Signal.DRIFT, Signal.QUALITY) == {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {
            "alarmName": [{"prefix": "mlops-test-drift-"}, {"prefix": "mlops-test-quality-"}],
            "state": {"value": ["ALARM"]},
        },
    }
