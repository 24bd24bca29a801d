from components.alarms import at_least_one
from components.base import Component
from components.signals import Signal


def test_an_alarm_of_one_event_rings_for_it_and_is_quiet_without_data(record, place):
    def program():
        at_least_one(
            Component("estate:test:Owner", "merges", place, None),
            "failed",
            signal=Signal.DATA_LATE,
            subject="history",
            says="A merge failed",
            namespace="AWS/Athena",
            metric="TotalExecutionTime",
            dimensions={"WorkGroup": "history"},
            period_s=300,
            statistic="SampleCount",
        )

    made = record(program)

    assert made.named("merges-failed") == {
        "name": f"{place.prefix}-data-late-history",
        "alarmDescription": "A merge failed",
        "namespace": "AWS/Athena",
        "metricName": "TotalExecutionTime",
        "dimensions": {"WorkGroup": "history"},
        "statistic": "SampleCount",
        "period": 300,
        "evaluationPeriods": 1,
        "threshold": 1,
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "treatMissingData": "notBreaching",
    }
    assert made.goal("merges-failed").parent == made.goal("merges").urn
