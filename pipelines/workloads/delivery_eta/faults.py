"""Rows as a broken app would send them, so that quarantine has work. Each fault breaks one rule of the contract."""

from datetime import timedelta

import numpy
import pyarrow
import pyarrow.compute

from pipelines import arrays

DISTANCE, RESTAURANT, WEATHER, DELIVERED, REPEATED = FAULTS = range(1, 6)


def spoil(table: pyarrow.Table, count: int, seed: int) -> pyarrow.Table:
    """`table` with exactly `count` bad rows, spread over it; the faults take turns.

    Every second row at most is touched, so that a row that repeats the key of the next repeats that of a good one.
    """
    chosen = numpy.sort(numpy.random.default_rng((seed, count)).choice(table.num_rows // 2, count, replace=False)) * 2
    fault = numpy.zeros(table.num_rows, dtype=numpy.int64)
    fault[chosen] = 1 + numpy.arange(count) % len(FAULTS)
    faults = arrays.array(fault)
    following = arrays.array(numpy.minimum(numpy.arange(table.num_rows) + 1, table.num_rows - 1))
    table = table.combine_chunks()
    arrived = pyarrow.compute.add(table["arrived_at"].take(following), pyarrow.scalar(timedelta(hours=1)))
    changes = (
        (DISTANCE, "distance_km", pyarrow.scalar(-1.0)),
        (RESTAURANT, "restaurant_id", pyarrow.scalar(None, pyarrow.string())),
        (WEATHER, "weather", pyarrow.scalar("fog")),
        (DELIVERED, "delivered_at", pyarrow.compute.subtract(table["placed_at"], pyarrow.scalar(timedelta(minutes=1)))),
        (REPEATED, "order_id", table["order_id"].take(following)),
        (REPEATED, "arrived_at", arrived),
    )
    for kind, name, wrong in changes:
        changed = pyarrow.compute.if_else(pyarrow.compute.equal(faults, kind), wrong, table[name])
        table = table.set_column(table.column_names.index(name), name, changed)
    return table
