# ruff: noqa: S608  the SQL is this file's own
"""What is known when an order is placed: the order itself, and what its restaurant has lately been like.

A past order counts once its outcome was known and had arrived: after its delivery, and after its row reached the
lake. So neither later orders nor rows that came late can tell anything of an order that was placed before.

One window over orders placed and outcomes known, in time order, costs a sort; a join of each order with its past
would not end on ten million rows.
"""

HISTORY_DAYS = 7

SQL = f"""
WITH happened AS (
    SELECT restaurant_id, order_id, placed_at AS happened_at,
        CAST(NULL AS DOUBLE) AS preparation_minutes, CAST(NULL AS DOUBLE) AS delivery_minutes
    FROM rows
    UNION ALL
    SELECT restaurant_id, NULL, GREATEST(delivered_at, arrived_at), preparation_minutes, delivery_minutes
    FROM rows
    WHERE delivery_minutes IS NOT NULL
),
history AS (
    SELECT order_id,
        AVG(preparation_minutes) OVER lately AS preparation_minutes,
        AVG(delivery_minutes) OVER lately AS delivery_minutes
    FROM happened
    WINDOW lately AS (
        PARTITION BY restaurant_id ORDER BY happened_at
        RANGE BETWEEN INTERVAL '{HISTORY_DAYS}' DAY PRECEDING AND CURRENT ROW
    )
)
SELECT rows.order_id,
    rows.distance_km,
    rows.items,
    CASE rows.weather WHEN 'clear' THEN 0 WHEN 'rain' THEN 1 ELSE 2 END AS weather_severity,
    rows.courier_load,
    EXTRACT(HOUR FROM rows.placed_at) AS hour,
    CASE WHEN EXTRACT(DOW FROM rows.placed_at) IN (0, 6, 7) THEN 1 ELSE 0 END AS weekend,
    ROUND(history.preparation_minutes, 6) AS restaurant_preparation_7d,
    ROUND(history.delivery_minutes, 6) AS restaurant_minutes_7d
FROM rows
JOIN history ON history.order_id = rows.order_id
"""
