"""Budgets are counted from what CloudWatch has of an endpoint and from what was captured of it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from moto.backends import get_backend

from contracts.slo import Kind, Slo
from estate.cloud import Cloud
from estate.release.account import Estate, ReleaseError
from estate.release.budget import WINDOWS_S, Budget, Count, check_budgets, error_budget, table
from estate.release.packages import describe
from estate.release.promote import promote
from pipelines import workload
from tests.release.conftest import ACCOUNT, CAPTURED, GROUP, MODEL

Register = Callable[..., str]
HOUR = timedelta(hours=1)


def put(cloud: Cloud, moment: datetime, values: dict[str, list[float]], variant: str = "AllTraffic") -> None:
    where = [{"Name": "EndpointName", "Value": GROUP}, {"Name": "VariantName", "Value": variant}]
    for name, its in values.items():
        cloud.client("cloudwatch").put_metric_data(
            Namespace="AWS/SageMaker",
            MetricData=[{"MetricName": name, "Dimensions": where, "Timestamp": moment, "Values": its}],
        )


def served(cloud: Cloud, moment: datetime, good: int, bad: int, variant: str = "AllTraffic") -> None:
    """As SageMaker measures: a 1 for each request, and a 0 or 1 for each that could fail."""
    for start in range(0, good + bad, 150):  # CloudWatch takes 150 values a datum
        some = [1.0] * min(150, good + bad - start)
        failed = [1.0 if start + i < bad else 0.0 for i in range(len(some))]
        put(cloud, moment, {"Invocations": some, "Invocation5XXErrors": failed}, variant)


@pytest.fixture
def traffic(cloud: Cloud) -> Iterator[None]:
    """Metrics that a test put are gone after it."""
    yield
    get_backend("cloudwatch")[ACCOUNT]["us-east-1"].metric_data.clear()


def budgets(estate: Estate, now: datetime | None = None) -> dict[str, Budget]:
    return {budget.name: budget for budget in error_budget(estate, MODEL, now)}


def test_requests_are_counted_over_the_window_and_all_variants_that_answer(estate: Estate, cloud: Cloud, traffic: None):
    now = datetime.now(UTC)
    served(cloud, now - timedelta(days=10), 700, 3)
    served(cloud, now - timedelta(minutes=2), 290, 7, "candidate")
    served(cloud, now - timedelta(minutes=2), 0, 100, "Shadow")  # answers nobody

    found = budgets(estate, now)["availability"]

    assert found.count == Count(1000, 10)
    assert (found.good_percent, found.allowed, found.left, found.spent) == (99.0, 5.0, -1.0, True)
    # 7 of 297 in the last minutes, against half a percent.
    assert found.burns[300] == found.burns[3600] == pytest.approx(7 / 297 / 0.005)


def test_what_is_older_than_the_window_is_forgiven(estate: Estate, cloud: Cloud, traffic: None):
    now = datetime.now(UTC)
    served(cloud, now - timedelta(days=30), 0, 500)
    served(cloud, now - timedelta(hours=3), 400, 1)

    found = budgets(estate, now)["availability"]

    assert (found.count, found.spent) == (Count(401, 1), False)
    assert (found.burns[3600], found.burns[6 * 3600]) == (None, pytest.approx(1 / 401 / 0.005))


def test_slow_answers_are_counted_by_the_endpoints_own_latency(estate: Estate, cloud: Cloud, traffic: None):
    now = datetime.now(UTC)
    served(cloud, now - HOUR, 150, 0)
    put(cloud, now - HOUR, {"ModelLatency": [400_000.0] * 147 + [500_001.0] * 3})

    found = budgets(estate, now)["latency"]

    assert found.slo.latency_ms == 500
    assert (found.count.total, found.count.bad, found.spent) == (150, pytest.approx(3), True)


def test_with_fewer_requests_than_one_failure_takes_nothing_is_judged(estate: Estate, cloud: Cloud, traffic: None):
    served(cloud, datetime.now(UTC) - HOUR, 100, 50)

    found = budgets(estate)["availability"]

    assert (found.count, found.left, found.spent) == (Count(150, 50), None, False)


def test_nobody_asked_is_no_failure(estate: Estate):
    found = budgets(estate)["availability"]

    assert (found.count, found.spent, set(found.burns.values())) == (Count(), False, {None})
    assert found.sentence() == "availability: nobody asked delivery-eta in the last 28 days"


def record(moment: datetime, body: str) -> str:
    """A line as SageMaker's data capture writes it."""
    asked = {"observedContentType": "application/json", "mode": "INPUT", "data": body, "encoding": "JSON"}
    metadata = {"eventId": "e", "inferenceTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return json.dumps({"captureData": {"endpointInput": asked}, "eventMetadata": metadata, "eventVersion": "0"})


@pytest.fixture
def capture(cloud: Cloud) -> Iterator[Callable[[datetime, list[str]], None]]:
    """Captures requests; they are gone after the test."""
    s3 = cloud.client("s3")

    def write(moment: datetime, bodies: list[str]) -> None:
        key = f"eta/{GROUP}/AllTraffic/{moment:%Y/%m/%d/%H}/{moment:%M-%S}-{len(bodies)}.jsonl"
        s3.put_object(Bucket=CAPTURED, Key=key, Body="\n".join(record(moment, body) for body in bodies).encode())

    yield write
    for item in s3.list_objects_v2(Bucket=CAPTURED).get("Contents", []):
        s3.delete_object(Bucket=CAPTURED, Key=item["Key"])


def test_what_requests_said_is_counted_from_the_captured_traffic(
    estate: Estate, capture: Callable[[datetime, list[str]], None]
):
    features = workload.load(MODEL).contract.features
    good = json.dumps({"instances": [dict.fromkeys(features, 1)]})
    now = datetime.now(UTC)
    capture(now - timedelta(days=2), [good] * 95)
    capture(now - timedelta(minutes=3), [*[good] * 2, "not json", '{"instances": [{"unknown": 1}]}', "{"])

    found = budgets(estate, now)["validity"]

    assert (found.count, found.source, found.spent) == (Count(100, 3), "captured traffic", True)
    assert found.burns[300] == pytest.approx(3 / 5 / 0.01)


QUIET = dict.fromkeys(WINDOWS_S)
SPENT = Budget(
    MODEL, "availability", Slo(kind=Kind.AVAILABILITY, objective=99), Count(1000, 25), {**QUIET, 300: 2.5}, "metrics"
)


def test_the_refusal_names_objective_measurement_and_window():
    with pytest.raises(ReleaseError) as error:
        check_budgets([SPENT])

    assert str(error.value) == (
        "an error budget is spent, so no new version is released: availability of delivery-eta: 97.5 % of 1000 "
        "requests in the last 28 days were good (metrics), and the objective is 99 %: 25 bad, 10 allowed. An earlier "
        "version can be promoted; a version that mends this can be, with --override-budget REASON"
    )


def test_the_table_says_what_is_left():
    rest = Budget(MODEL, "latency", Slo(kind=Kind.LATENCY, objective=99), Count(1000, 4), QUIET, "metrics")

    assert table([SPENT, rest]) == [
        "model         objective     promised  days  good    requests  left   5m    30m  1h  2h  6h  24h",
        "delivery-eta  availability  99 %      28    97.5 %  1000      spent  2.5x  -    -   -   -   -",
        "delivery-eta  latency       99 %      28    99.6 %  1000      60 %   -     -    -   -   -   -",
    ]


def test_a_spent_budget_stops_a_newer_version_and_never_an_earlier_one(
    estate: Estate, cloud: Cloud, register: Register, traffic: None
):
    first, second, third = register(), register(), register()
    promote(estate, MODEL, 2)
    served(cloud, datetime.now(UTC) - HOUR, 290, 10)
    before = estate.stack_file.read_text()

    with pytest.raises(ReleaseError, match=r"availability of delivery-eta: 96.67 % of 300 requests"):
        promote(estate, MODEL, 3)
    assert estate.stack_file.read_text() == before
    assert promote(estate, MODEL, 2).package_arn == second
    assert promote(estate, MODEL, 1).package_arn == first
    assert describe(estate, third).metadata == {"mae": "3.0"}


def test_a_reason_releases_it_all_the_same_and_is_kept_with_the_version(
    estate: Estate, cloud: Cloud, register: Register, traffic: None
):
    register()
    arn = register()
    promote(estate, MODEL, 1)
    served(cloud, datetime.now(UTC) - HOUR, 290, 10)

    assert promote(estate, MODEL, 2, override_budget="mends the crash - ada").package_arn == arn
    assert describe(estate, arn).metadata == {"mae": "3.0", "error_budget_override": "mends the crash - ada"}


@pytest.mark.parametrize("reason", ["", "because; it must", "x" * 257])
def test_a_reason_that_sagemaker_would_not_keep_is_refused(estate: Estate, register: Register, reason: str):
    register()

    with pytest.raises(ReleaseError, match=r"--override-budget .*: give a reason of 1 to 256 letters"):
        promote(estate, MODEL, 1, override_budget=reason)


def test_a_model_that_is_not_there_is_named(estate: Estate):
    with pytest.raises(ReleaseError, match="dev has no model 'eta'"):
        error_budget(estate, "eta")
