"""One event is delivered three times: EventBridge promises at least once, and no more."""

import json
import time

from estate.rehearsal.context import Rehearsal
from estate.rehearsal.events import Event, handlers_of, listen
from estate.rehearsal.fault import Fault
from estate.rehearsal.stage import Evidence, StageFailed, require
from estate.rehearsal.victims import of_serving
from estate.release import runs

COPIES = 2
EVENT_WITHIN_S = 20.0


class DuplicateEvents(Fault):
    name = "duplicate-events"
    shows = "an alarm's event is delivered three times: one retraining, one incident"
    needs = "deploy"

    def __init__(self) -> None:
        self._model = ""
        self._alarm = ""
        self._before: set[str] = set()
        self._execution = ""
        self._event: Event = {}
        self._since_ms = 0

    def inject(self, rehearsal: Rehearsal) -> None:
        self._model = of_serving(rehearsal)
        self._alarm = rehearsal.outputs(self._model).drift_alarm
        self._before = self._executions(rehearsal)
        self._since_ms = int(time.time() * 1000)
        cloudwatch = rehearsal.cloud.client("cloudwatch")
        pattern = {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {"alarmName": [self._alarm], "state": {"value": ["ALARM"]}},
        }
        with listen(rehearsal, pattern) as ear:
            for state in ("OK", "ALARM"):  # only a change is an event
                cloudwatch.set_alarm_state(AlarmName=self._alarm, StateValue=state, StateReason=f"fault: {self.name}")
            self._event = ear.next(EVENT_WITHIN_S)
        functions = handlers_of(rehearsal, self._event)
        require(bool(functions), f"{self.name}: no handler takes the event of {self._alarm}")
        client = rehearsal.cloud.client("lambda")
        for function in functions * COPIES:
            client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(self._event).encode())

    def detected(self, rehearsal: Rehearsal) -> Evidence | None:
        """Every copy was handled, and none of them started an execution of its own."""
        rehearsal.cloud.flush()
        started = self._executions(rehearsal) - self._before
        if len(started) > 1:
            raise StageFailed(f"{self.name}: one event started {len(started)} executions")
        handled = self._handled(rehearsal)
        if not started or any(count < 1 + COPIES for count in handled.values()):
            return None
        (self._execution,) = started
        return {"event": self._event["id"], "deliveries": handled, "executions": [self._execution]}

    def causes(self, rehearsal: Rehearsal) -> list[str]:
        """What the alarm watches, as nobody can tell that it was set by hand."""
        return [f"traffic:{self._model}", f"data:{self._model}"]

    def recovered(self, rehearsal: Rehearsal) -> Evidence | None:
        """The one execution has ended, and no other was started meanwhile."""
        run = runs.read(rehearsal.estate, self._execution)
        if run.status in runs.RUNNING:
            return None
        started = self._executions(rehearsal) - self._before
        if started != {self._execution}:
            raise StageFailed(f"{self.name}: one event started {len(started)} executions")
        return {"execution": run.status, "executions": len(started)}

    def undo(self, rehearsal: Rehearsal) -> None:
        if not self._alarm:
            return
        cloudwatch = rehearsal.cloud.client("cloudwatch")
        cloudwatch.set_alarm_state(AlarmName=self._alarm, StateValue="OK", StateReason=f"end of fault: {self.name}")
        for arn in self._executions(rehearsal) - self._before:
            if runs.read(rehearsal.estate, arn).status in runs.RUNNING:
                rehearsal.cloud.client("sagemaker").stop_pipeline_execution(PipelineExecutionArn=arn)

    def _executions(self, rehearsal: Rehearsal) -> set[str]:
        pages = (
            rehearsal.cloud.client("sagemaker")
            .get_paginator("list_pipeline_executions")
            .paginate(PipelineName=rehearsal.outputs(self._model).training_pipeline)
        )
        return {found["PipelineExecutionArn"] for page in pages for found in page["PipelineExecutionSummaries"]}

    def _handled(self, rehearsal: Rehearsal) -> dict[str, int]:
        """How often each handler of the event has come to an end since, by its log."""
        logs = rehearsal.cloud.client("logs")
        counted: dict[str, int] = {}
        for function in handlers_of(rehearsal, self._event):
            name = function.rpartition(":")[2]
            found = logs.filter_log_events(
                logGroupName=f"/aws/lambda/{name}", startTime=self._since_ms, filterPattern='"END RequestId"'
            )
            counted[name] = len(found["events"])
        return counted
