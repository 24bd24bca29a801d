"""CloudWatch alarms: evaluated when data comes and on a ticker; changes are told, acted on and remembered.

moto keeps the data and the alarms' place; what an alarm is, and everything that it does, is here.
"""

import threading
import time
from collections import deque
from datetime import datetime

from estate.cloud.services.account import Account
from estate.cloud.services.clock import Clock
from estate.cloud.services.cloudwatch import alarm_checks
from estate.cloud.services.cloudwatch.alarm_actions import Actions, Handler
from estate.cloud.services.cloudwatch.alarm_evaluation import queries_of, reason, rule_of, verdict
from estate.cloud.services.cloudwatch.alarm_records import COMPOSITE, METRIC, Alarm, AlarmBook, Change, page
from estate.cloud.services.cloudwatch.anomaly_detectors import Detectors
from estate.cloud.services.cloudwatch.composite_alarms import Composites, filtered
from estate.cloud.services.cloudwatch.measures import Measures
from estate.cloud.services.cloudwatch.metric_answers import MetricAnswers
from estate.cloud.services.cloudwatch.metric_queries import Queries
from estate.cloud.services.cloudwatch.metric_store import MetricStore
from estate.cloud.services.functions.functions import Functions
from estate.cloud.services.wire import AwsError, Params, Table

TICK_S = 5.0
MINUTE_S, TEN_S = 60, 10
KINDS = (METRIC, COMPOSITE)


class Alarms:
    def __init__(self, account: Account, functions: Functions, measures: Measures, clock: Clock) -> None:
        self._account = account
        self._measures = measures
        self._clock = clock
        self._store = MetricStore(account)
        self._detectors = Detectors(account, self._store)
        self._queries = Queries(self._store, self._detectors)
        self._book = AlarmBook(account)
        self._composites = Composites(self._book, clock)
        self._actions = Actions(account, functions, self._book)
        self._waiting: deque[tuple[Change, bool]] = deque()  # changes, and whether they are told too
        self._telling = threading.Lock()
        self._evaluated = 0.0
        self._judged: dict[str, tuple[int, int, datetime]] = {}  # by alarm, what it was judged on

    def register(self, table: Table) -> None:
        answers = MetricAnswers(self._store, self._queries)
        table.add(
            "monitoring",
            (
                self.put_metric_alarm,
                self.put_composite_alarm,
                self.describe_alarms,
                self.describe_alarms_for_metric,
                self.describe_alarm_history,
                self.delete_alarms,
                self.set_alarm_state,
                self.enable_alarm_actions,
                self.disable_alarm_actions,
                self._detectors.put_anomaly_detector,
                self._detectors.describe_anomaly_detectors,
                self._detectors.delete_anomaly_detector,
                answers.get_metric_data,
                answers.get_metric_statistics,
                answers.list_metrics,
            ),
        )
        table.after["monitoring", "PutMetricData"] = self.evaluate

    def on_action(self, service: str, handler: Handler) -> None:
        """`handler` does the actions whose ARNs name `service`: it gets the ARN and the change, outside any lock."""
        self._actions.handlers[service] = handler

    def content(self) -> dict[str, frozenset[str]]:
        """What there is and moto does not hold."""
        return {"anomaly_detectors": self._detectors.content()}

    def put_metric_alarm(self, params: Params) -> Params:
        alarm_checks.metric_alarm(params)
        name = params["AlarmName"]
        with self._account.lock:
            before = self._book.alarms.get(name)
            if before is not None and before.composite:
                raise alarm_checks.invalid(f"An alarm with the name {name} exists already, and is a composite alarm.")
            given = {key: value for key, value in params.items() if key != "Tags"}
            alarm = self._book.keep(name, given, composite=False)
            self._tag(alarm, params, new=before is None)
            for stat in _banded(params):
                self._detectors.ensure(stat)
        self.evaluate()
        return {}

    def put_composite_alarm(self, params: Params) -> Params:
        name = params["AlarmName"]
        with self._account.lock:
            new = name not in self._book.alarms
            self._composites.put(params)
            self._tag(self._book.alarms[name], params, new=new)
        self.evaluate()
        return {}

    def describe_alarms(self, params: Params) -> Params:
        with self._account.lock:
            found = page("Alarms", filtered(self._book.alarms, params, self._composites), params)
            alarms = found.pop("Alarms")
            return {f"{kind}s": [a.describe() for a in alarms if a.kind == kind] for kind in KINDS} | found

    def describe_alarms_for_metric(self, params: Params) -> Params:
        wanted = {(item["Name"], item["Value"]) for item in params.get("Dimensions") or ()}
        found = [
            alarm.describe()
            for alarm in list(self._book.alarms.values())
            if alarm.given.get("MetricName") == params["MetricName"]
            and alarm.given.get("Namespace") == params["Namespace"]
            and {(item["Name"], item["Value"]) for item in alarm.given.get("Dimensions") or ()} == wanted
            and params.get("Statistic") in (None, alarm.given.get("Statistic"))
            and params.get("Period") in (None, alarm.given.get("Period"))
        ]
        return {"MetricAlarms": found}

    def describe_alarm_history(self, params: Params) -> Params:
        with self._account.lock:
            return self._book.history(params)

    def delete_alarms(self, params: Params) -> Params:
        """All of them, or none."""
        names = params["AlarmNames"]
        with self._account.lock:
            for name in names:
                if name not in self._book.alarms:
                    raise AwsError("ResourceNotFound", f"Alarm {name} does not exist", 404)
                users = [user for user in self._composites.users(name) if user not in names]
                if users:
                    raise alarm_checks.invalid(
                        f"Alarm {name} cannot be deleted: composite alarms depend on it: {', '.join(users)}"
                    )
            for name in names:
                self._book.drop(name)
                self._composites.forget(name)
                self._judged.pop(name, None)
        return {}

    def set_alarm_state(self, params: Params) -> Params:
        """For a moment: the next evaluation brings the alarm back to what its data say."""
        data = alarm_checks.reason_data(params)
        with self._account.lock:
            alarm = self._existing(params["AlarmName"])
            self._moved(self._book.move(alarm, params["StateValue"], params["StateReason"], data))
            self._composites.evaluate(self._moved)
        self._tell()
        return {}

    def enable_alarm_actions(self, params: Params) -> Params:
        return self._switch(params["AlarmNames"], on=True)

    def disable_alarm_actions(self, params: Params) -> Params:
        return self._switch(params["AlarmNames"], on=False)

    def flush(self) -> None:
        """Hands over what services measured of themselves; evaluates if that is anything, or if it is time."""
        measured = self._measures.flush()
        if measured or time.monotonic() - self._evaluated > TICK_S / self._clock.speed:
            self.evaluate()

    def tripped(self, names: tuple[str, ...]) -> dict[str, str]:
        """Those of the named alarms that are in ALARM now, each with its reason."""
        self.flush()
        with self._account.lock:
            found = [self._book.alarms[name] for name in names if name in self._book.alarms]
            return {alarm.name: alarm.state_reason for alarm in found if alarm.state_value == "ALARM"}

    def evaluate(self) -> None:
        """Brings every alarm into the state that its metric, or its rule, asks for."""
        with self._account.lock:
            self._evaluated = time.monotonic()
            for alarm in list(self._book.alarms.values()):
                if not alarm.composite:
                    self._judge(alarm)
            self._composites.evaluate(self._moved)
            self._waiting.extend((change, False) for change in self._composites.due())
        self._tell()

    def _judge(self, alarm: Alarm) -> None:
        """When there is new data, and once a minute, or every ten seconds where the period is shorter."""
        rule = rule_of(alarm)
        every_s = MINUTE_S if rule.period_s >= MINUTE_S else TEN_S
        seen = int(self._clock.now_s() // every_s), self._queries.count(queries_of(alarm)), alarm.configured
        if self._judged.get(alarm.name) == seen:
            return
        self._judged[alarm.name] = seen
        try:
            found = verdict(alarm, rule, self._queries, self._clock)
        except AwsError as error:
            said = f"Error evaluating the alarm: {error.message}"
            self._moved(self._book.move(alarm, "INSUFFICIENT_DATA", said, "{}"))
            return
        if found.state is not None and found.state != alarm.state_value:
            text, data = reason(alarm, rule, found, self._clock)
            self._moved(self._book.move(alarm, found.state, text, data))

    def _moved(self, change: Change | None) -> None:
        if change is not None:
            self._waiting.append((change, True))

    def _tell(self) -> None:
        """Tells changes in their order. One thread does, for all: an action may come back here."""
        while self._waiting and self._telling.acquire(blocking=False):
            try:
                while self._waiting:
                    self._tell_one(*self._waiting.popleft())
            finally:
                self._telling.release()

    def _tell_one(self, change: Change, new: bool) -> None:
        if new:
            self._actions.tell(change)
            with self._account.lock:
                if change.alarm.composite and self._composites.hold_back(change):
                    return
        self._actions.act(change)

    def _switch(self, names: list[str], *, on: bool) -> Params:
        with self._account.lock:
            for alarm in [self._book.alarms[name] for name in names if name in self._book.alarms]:
                alarm.given = {**alarm.given, "ActionsEnabled": on}
        return {}

    def _existing(self, name: str) -> Alarm:
        found = self._book.alarms.get(name)
        if found is None:
            raise AwsError("ResourceNotFound", f"Alarm {name} does not exist", 404)
        return found

    def _tag(self, alarm: Alarm, params: Params, *, new: bool) -> None:
        """Tags are taken when an alarm is made; later, only TagResource changes them."""
        if new and params.get("Tags"):
            self._account.backend("cloudwatch").tagger.tag_resource(alarm.alarm_arn, params["Tags"])


def _banded(params: Params) -> list[Params]:
    """The metrics of an alarm that a band is asked for."""
    expressions = [query["Expression"] for query in params.get("Metrics") or () if "Expression" in query]
    banded = {name for text in expressions if "ANOMALY_DETECTION_BAND" in text for name in alarm_checks.names(text)}
    return [query["MetricStat"] for query in params.get("Metrics") or () if query["Id"] in banded]
