"""Puts the metrics that services put of themselves, in small batches."""

import threading
from datetime import datetime
from typing import Any

from estate.cloud.services.account import Account, now

Values = dict[str, tuple[float, str]]  # by a metric's name: value and unit


class Measures:
    """Collects measurements and hands them to CloudWatch when `flush` is called."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._waiting: dict[str, list[dict[str, Any]]] = {}

    def put(self, namespace: str, dimensions: dict[str, str], values: Values, at: datetime | None = None) -> None:
        """`values` maps a metric's name to value and unit; they are measured `at` a moment, or now."""
        moment = (at or now()).replace(tzinfo=None)  # moto keeps naive UTC
        named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        items = [
            {"MetricName": name, "Value": value, "Unit": unit, "Dimensions": named, "Timestamp": moment}
            for name, (value, unit) in values.items()
        ]
        with self._lock:
            self._waiting.setdefault(namespace, []).extend(items)

    def flush(self) -> bool:
        """Whether there was anything to hand over; afterwards all of before is with CloudWatch."""
        with self._account.lock:
            with self._lock:
                waiting, self._waiting = self._waiting, {}
            for namespace, items in waiting.items():
                self._account.backend("cloudwatch").put_metric_data(namespace, items)
        return bool(waiting)
