"""Synthetic meal deliveries: every row comes from this seeded generator, none from the world.

A fixed town of 300 restaurants, each with its own kitchen speed and distance to its customers. Orders peak at lunch
and dinner. The time to the customer is preparation + way + what weather, courier load and the number of dishes add,
plus noise of about 3 minutes. Weather is drawn for each order by itself, not for each hour: a town of many districts.

`drift` moves two things at once, each in proportion to it: what orders look like (at 1.0: ways 40 % longer, 1.2 more
open orders a courier, rain in 25 of 100 orders more, 4 more minutes of preparation), and what that means (a kilometre
costs 80 % more minutes, a waiting order twice as many). So a model that learned before must learn again.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import numpy
import pyarrow
import pyarrow.compute
from pydantic import BaseModel, ConfigDict, Field

from pipelines import arrays
from pipelines.workloads.delivery_eta.faults import spoil

TOWN_SEED = 2026
RESTAURANTS = 300
COURIERS = 400
WEATHERS = ("clear", "rain", "snow")
CHUNK = 1_000_000  # rows made at once; ten million rows then need the memory of their table and little more
# Orders by hour of the day, in parts; 12 and 19 o'clock are the meals.
HOURS = numpy.array([1, 0.5, 0.2, 0.1, 0.1, 0.3, 1, 2, 3, 3, 4, 8, 12, 9, 5, 4, 5, 8, 12, 13, 10, 7, 4, 2], dtype=float)


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = Field(default=20_000, ge=100, le=10_000_000)
    seed: int = Field(default=1, ge=0, description="Another seed, other orders of the same town.")
    start: datetime = Field(default=datetime(2026, 1, 5), description="Time of the first order, UTC.")
    days: float = Field(default=28, gt=0, le=3650, description="Days over which the orders spread.")
    drift: float = Field(default=0, ge=0, le=3, description="How far the world has moved; 0 is where it was.")
    bad_rows: int = Field(default=0, ge=0, description="Rows that break the contract, in several ways.")
    shuffle_labels: int | None = Field(
        default=None, ge=0, description="Seed to shuffle the delivery minutes with, so that there is nothing to learn."
    )


def rows(options: Mapping[str, object]) -> pyarrow.Table:
    """The orders, in the order in which they were placed. Raises ValueError for a wrong option."""
    chosen = Options.model_validate(options)
    if chosen.bad_rows > chosen.rows // 2:
        raise ValueError(f"bad_rows {chosen.bad_rows} is more than half of the {chosen.rows} rows")
    table = pyarrow.concat_tables(_chunks(chosen))
    if chosen.shuffle_labels is not None:
        order = numpy.random.default_rng(chosen.shuffle_labels).permutation(table.num_rows)
        place = table.column_names.index("delivery_minutes")
        table = table.set_column(place, "delivery_minutes", table["delivery_minutes"].take(arrays.array(order)))
    return spoil(table, chosen.bad_rows, chosen.seed) if chosen.bad_rows else table


def _chunks(options: Options) -> Iterator[pyarrow.Table]:
    """Each chunk has its own generator and its own part of the days, so that it does not matter who makes it."""
    count = -(-options.rows // CHUNK)
    sizes = [options.rows // count + (place < options.rows % count) for place in range(count)]
    part = timedelta(days=options.days / count)
    first = 0
    for place, size in enumerate(sizes):
        generator = numpy.random.default_rng((options.seed, place))
        yield _orders(generator, options, first, size, options.start + place * part, part)
        first += size


def _orders(
    random: numpy.random.Generator, options: Options, first: int, size: int, start: datetime, span: timedelta
) -> pyarrow.Table:
    town = numpy.random.default_rng(TOWN_SEED)
    kitchen = town.normal(14, 4, RESTAURANTS).clip(5, 30)
    reach = town.uniform(0.7, 1.5, RESTAURANTS)
    popularity = town.dirichlet(numpy.full(RESTAURANTS, 2.0))
    drift = options.drift

    placed = _times(random, size, start, span)
    restaurant = random.choice(RESTAURANTS, size, p=popularity)
    distance = (random.gamma(3.0, 1.0, size) * reach[restaurant] * (1 + 0.4 * drift)).clip(0.2, 40)
    items = 1 + random.poisson(1.8, size).clip(0, 30)
    rain = min(0.2 + 0.25 * drift, 0.9)
    weather = random.choice(3, size, p=[0.95 - rain, rain, 0.05]) if rain < 0.95 else numpy.ones(size, dtype=int)
    load = (random.gamma(4.0, 0.35, size) + 1.2 * drift).clip(0, 20)
    preparation = (kitchen[restaurant] + 1.1 * items + 4 * drift + random.normal(0, 2.0, size)).clip(1, 120)
    way = distance * 2.6 * (1 + 0.8 * drift) * (1 + 0.2 * weather)
    waiting = load * 2.2 * (1 + drift)
    minutes = (preparation + way + waiting + 4 + random.normal(0, 3.0, size)).clip(3, 400)

    delivered = placed + (minutes * 60e6).astype("timedelta64[us]")
    delay = random.exponential(5.0, size) + numpy.where(random.random(size) < 0.01, random.uniform(60, 4320, size), 0)
    numbers = numpy.arange(first, first + size)
    return arrays.table(
        {
            "order_id": _labelled(f"o{options.seed}-", numbers, 8),
            "restaurant_id": _labelled("r", restaurant, 3),
            "courier_id": random.integers(0, COURIERS, size),
            "placed_at": placed,
            "delivered_at": delivered,
            "arrived_at": delivered + (delay * 60e6).astype("timedelta64[us]"),
            "distance_km": distance.round(3),
            "items": items,
            "weather": arrays.texts(weather, WEATHERS),
            "courier_load": load.round(3),
            "preparation_minutes": preparation.round(2),
            "delivery_minutes": minutes.round(2),
        }
    )


def _times(random: numpy.random.Generator, size: int, start: datetime, span: timedelta) -> numpy.ndarray:
    """Sorted times in the span, as dense in each hour as HOURS says."""
    edges = numpy.arange(int(span.total_seconds() // 3600) + 2) * 3600.0
    parts = HOURS[(start.hour + numpy.arange(len(edges) - 1)) % 24]
    reached = numpy.concatenate([[0.0], numpy.cumsum(parts)])
    last = numpy.interp(span.total_seconds(), edges, reached)
    seconds = numpy.interp(numpy.sort(random.uniform(0, last, size)), reached, edges)
    return numpy.datetime64(start, "us") + (seconds * 1e6).astype("timedelta64[us]")


def _labelled(prefix: str, numbers: numpy.ndarray, width: int) -> pyarrow.Array:
    """`prefix` and the zero-padded number."""
    padded = pyarrow.compute.PadOptions(width, padding="0")
    texts = arrays.call("utf8_lpad", arrays.array(numbers).cast(pyarrow.string()), options=padded)
    return arrays.call("binary_join_element_wise", arrays.text(prefix), texts, arrays.text(""))
