"""The features of an order against a slow, obviously right reading of the rule."""

from datetime import datetime, timedelta

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines import features, tables, workload

ETA = workload.load("delivery-eta")
START = datetime(2026, 1, 5)
WINDOW = timedelta(days=7)
COLUMNS = tuple(ETA.contract.data.columns)


@st.composite
def orders(draw):
    """Up to 12 orders of two restaurants within 12 days; whole hours, so that times often meet; some arrive late."""
    found = []
    for number in range(draw(st.integers(1, 12))):
        placed = START + timedelta(hours=draw(st.integers(0, 12 * 24)))
        delivered = placed + timedelta(hours=draw(st.integers(1, 4)))
        found.append(
            {
                "order_id": f"o{number}",
                "restaurant_id": draw(st.sampled_from(["r1", "r2"])),
                "courier_id": 1,
                "placed_at": placed,
                "delivered_at": delivered,
                "arrived_at": delivered + timedelta(hours=draw(st.sampled_from([-1, 0, 1, 30, 24 * 9]))),
                "distance_km": 1.0,
                "items": 1,
                "weather": "clear",
                "courier_load": 1.0,
                "preparation_minutes": float(draw(st.integers(1, 60))),
                "delivery_minutes": float(draw(st.integers(1, 90))),
            }
        )
    return found


def computed(rows):
    connection = tables.connect()
    connection.register("rows", pyarrow.Table.from_pylist(rows))
    features.compute(connection, ETA.features.SQL, ETA.contract)
    names = ["order_id", *ETA.contract.features]
    found = connection.execute(f"SELECT {tables.listed(names)} FROM features").fetchall()  # noqa: S608
    return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in found}


def expected(rows, order, column):
    """The mean of the restaurant's orders whose outcome was known and had arrived, in the days before `order`."""
    values = []
    for past in rows:
        known = max(past["delivered_at"], past["arrived_at"])
        if (
            past["restaurant_id"] == order["restaurant_id"]
            and order["placed_at"] - WINDOW <= known <= order["placed_at"]
        ):
            values.append(past[column])
    return pytest.approx(sum(values) / len(values), abs=1e-6) if values else None


PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@PROPERTY
@given(orders())
def test_history_is_what_was_known_when_the_order_was_placed(rows):
    found = computed(rows)
    for order in rows:
        assert found[order["order_id"]]["restaurant_preparation_7d"] == expected(rows, order, "preparation_minutes")
        assert found[order["order_id"]]["restaurant_minutes_7d"] == expected(rows, order, "delivery_minutes")


@PROPERTY
@given(orders(), st.data())
def test_orders_that_became_known_later_change_nothing(rows, data):
    order = data.draw(st.sampled_from(rows))
    known = [row for row in rows if row is order or max(row["delivered_at"], row["arrived_at"]) <= order["placed_at"]]
    assert computed(known)[order["order_id"]] == computed(rows)[order["order_id"]]


@PROPERTY
@given(orders(), st.data())
def test_an_orders_own_outcome_changes_nothing(rows, data):
    order = data.draw(st.sampled_from(rows))
    before = computed(rows)[order["order_id"]]
    other = [{**row, "delivery_minutes": 480.0} if row is order else row for row in rows]
    assert computed(other)[order["order_id"]] == before


def test_a_row_that_arrives_late_counts_from_its_arrival(tmp_path):
    base = {
        "courier_id": 1,
        "distance_km": 1.0,
        "items": 1,
        "weather": "rain",
        "courier_load": 1.0,
        "restaurant_id": "r1",
        "preparation_minutes": 10.0,
        "delivery_minutes": 30.0,
    }

    def order(name, hour, arrived):
        placed = START + timedelta(hours=hour)
        times = {"placed_at": placed, "delivered_at": placed + timedelta(hours=1)}
        return {**base, **times, "order_id": name, "arrived_at": START + timedelta(hours=arrived)}

    found = computed([order("late", 0, 50), order("before", 49, 51), order("after", 50, 52)])
    assert found["before"]["restaurant_minutes_7d"] is None
    assert found["after"]["restaurant_minutes_7d"] == 30.0
    assert found["after"]["weather_severity"] == 1


@pytest.mark.parametrize(
    ("day", "weekend"), [("2026-01-09", 0), ("2026-01-10", 1), ("2026-01-11", 1), ("2026-01-12", 0)]
)
def test_the_weekend_is_saturday_and_sunday(day, weekend):
    table = ETA.data.rows({"rows": 100, "start": f"{day}T10:00:00", "days": 0.2})
    assert {row["weekend"] for row in computed(table.to_pylist()).values()} == {weekend}
