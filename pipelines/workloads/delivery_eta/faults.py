"""Rows as a broken app would send them, so that quarantine has work. Each fault breaks one rule of the contract."""

import numpy
import pyarrow

from pipelines import arrays

DISTANCE, RESTAURANT, WEATHER, DELIVERED, REPEATED = FAULTS = range(1, 6)
MINUTE_US = 60_000_000


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
    changes = (
        (DISTANCE, "distance_km", arrays.number(-1.0)),
        (RESTAURANT, "restaurant_id", arrays.text(None)),
        (WEATHER, "weather", arrays.text("fog")),
        (DELIVERED, "delivered_at", _later(table["placed_at"], -MINUTE_US)),
        (REPEATED, "order_id", table["order_id"].take(following)),
        (REPEATED, "arrived_at", _later(table["arrived_at"].take(following), 60 * MINUTE_US)),
    )
    for kind, name, wrong in changes:
        changed = arrays.call("if_else", arrays.call("equal", faults, arrays.number(kind)), wrong, table[name])
        table = table.set_column(table.column_names.index(name), name, changed)
    return table


def _later(times: pyarrow.ChunkedArray, microseconds: int) -> pyarrow.ChunkedArray:
    moved = arrays.call("add", times.cast(pyarrow.int64()), arrays.number(microseconds))
    return moved.cast(times.type)
