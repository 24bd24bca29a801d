"""What the alarms of a model do when CloudWatch evaluates them: on metrics as SageMaker puts them."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from components.base import Placement
from components.endpoint.alarms import EndpointAlarms, EndpointAlarmsArgs
from components.monitoring.model_alarms import ModelAlarms, ModelAlarmsArgs
from components.monitoring.model_signals import model_signals
from estate.cloud import Cloud
from estate.cloud.provider import CloudProvider
from estate.plan.record import record
from tests.components.monitoring.watched import SLOS, watched
from tests.components.places import VIRGINIA


@pytest.fixture(scope="module")
def place() -> Placement:
    return VIRGINIA


class Watch:
    """A model of its own, with its alarms."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.name = f"m{uuid.uuid4().hex[:8]}"
        self.endpoint = f"mlops-test-{self.name}"
        self.end = datetime.now(UTC)
        self._make()

    def _make(self) -> None:
        of = watched(model=self.name, endpoint=self.endpoint, latency_ms=250)

        def program() -> None:
            causes = EndpointAlarms(
                "causes",
                EndpointAlarmsArgs(placement=VIRGINIA, model=self.name, endpoint_name=self.endpoint, latency_ms=250),
            )
            given = {"placement": VIRGINIA, "subject": of.subject, "signals": model_signals(of), "slos": SLOS}
            ModelAlarms("a", ModelAlarmsArgs.model_validate({**given, "causes": list(causes.names.values())}))

        record(program, provider=CloudProvider(self.cloud.client, VIRGINIA.account_id, patience=10))

    def serve(self, good: int, bad: int, latency_ms: float = 10, minutes_ago: float = 0) -> None:
        values = {
            "Invocations": [1.0] * (good + bad),
            "Invocation5XXErrors": [0.0] * good + [1.0] * bad,
            "ModelLatency": [latency_ms * 1000] * (good + bad),
        }
        where = [{"Name": "EndpointName", "Value": self.endpoint}, {"Name": "VariantName", "Value": "AllTraffic"}]
        data = [
            {
                "MetricName": name,
                "Dimensions": where,
                "Timestamp": self.end - timedelta(minutes=minutes_ago),
                "Values": its,
            }
            for name, its in values.items()
        ]
        self.cloud.client("cloudwatch").put_metric_data(Namespace="AWS/SageMaker", MetricData=data)

    def states(self) -> dict[str, str]:
        """Of the alarms that somebody is told of, by signal."""
        self.cloud.flush()
        found = self.cloud.client("cloudwatch").describe_alarms(
            AlarmNamePrefix="mlops-test-", AlarmTypes=["CompositeAlarm", "MetricAlarm"]
        )
        alarms = [*found["CompositeAlarms"], *found["MetricAlarms"]]
        prefix, suffix = "mlops-test-", f"-{self.name}"
        return {
            name.removeprefix(prefix).removesuffix(suffix): alarm["StateValue"]
            for alarm in alarms
            if (name := alarm["AlarmName"]).endswith(suffix)
        }


def test_failing_requests_page_and_burn_the_budget(cloud: Cloud):
    watch = Watch(cloud)
    for minute in range(3):
        watch.serve(90, 10, minutes_ago=minute)

    # 10 % of requests fail, and half a percent may: 20 times too fast.
    assert watch.states() == {
        "errors": "ALARM", "latency": "OK", "outage": "ALARM", "burn-fast": "ALARM", "burn-slow": "ALARM",
    }  # fmt: skip


def test_a_few_failures_at_night_page_nobody(cloud: Cloud):
    watch = Watch(cloud)
    for minute in range(3):
        watch.serve(1, 1, minutes_ago=minute)

    assert watch.states() == {
        "errors": "ALARM", "latency": "OK", "outage": "OK", "burn-fast": "OK", "burn-slow": "OK",
    }  # fmt: skip


def test_slow_answers_burn_the_budget_of_the_latency_objective(cloud: Cloud):
    watch = Watch(cloud)
    for minute in range(3):
        watch.serve(50, 0, minutes_ago=minute)
        watch.serve(50, 0, latency_ms=300, minutes_ago=minute)

    assert watch.states() == {
        "errors": "OK", "latency": "ALARM", "outage": "ALARM", "burn-fast": "ALARM", "burn-slow": "ALARM",
    }  # fmt: skip


def test_what_is_over_pages_no_longer(cloud: Cloud):
    watch = Watch(cloud)
    watch.serve(100, 100, minutes_ago=35)  # in the long windows, in none of the short ones
    watch.serve(100, 0)

    assert watch.states()["burn-fast"] == "OK"


def test_good_traffic_is_quiet(cloud: Cloud):
    watch = Watch(cloud)
    for minute in range(3):
        watch.serve(100, 0, minutes_ago=minute)

    assert set(watch.states().values()) == {"OK"}
