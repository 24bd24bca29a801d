"""A handler waits for an answer that never comes, until Lambda ends it."""

import json
import socket
from contextlib import ExitStack
from typing import Any

from contracts.incidents import IncidentStatus
from estate.rehearsal.context import Rehearsal
from estate.rehearsal.fault import Fault
from estate.rehearsal.incidents import operations
from estate.rehearsal.stage import Evidence, require
from estate.release.incidents import list_incidents

VICTIM = "healing"
WAITS_S = 2  # Lambda's limit meanwhile


class HandlerTimeout(Fault):
    name = "handler-timeout"
    shows = (
        "a handler times out on every attempt: its event waits in the dead letters, an alarm says so, it is replayed"
    )
    needs = "deploy"
    detect_within_s = 120.0

    def __init__(self) -> None:
        self._open = ExitStack()
        self._function = ""
        self._before: dict[str, Any] = {}
        self._queue = ""

    def inject(self, rehearsal: Rehearsal) -> None:
        """Whatever the handler asks AWS for goes to an address that takes the request and never answers."""
        found = operations(rehearsal)
        self._function, self._queue = found.functions[VICTIM], found.dead_letters[VICTIM]
        client = rehearsal.cloud.client("lambda")
        config = client.get_function_configuration(FunctionName=self._function)
        variables = config["Environment"]["Variables"]
        self._before = {"Timeout": config["Timeout"], "Environment": {"Variables": variables}}
        hole = self._open.enter_context(socket.create_server(("127.0.0.1", 0)))
        silent = f"http://127.0.0.1:{hole.getsockname()[1]}"
        client.update_function_configuration(
            FunctionName=self._function,
            Timeout=WAITS_S,
            Environment={"Variables": {**variables, "AWS_ENDPOINT_URL": silent}},
        )
        # An event like those that it gets, of an incident that is over: handled, it changes nothing.
        known = [each.id for each in list_incidents(rehearsal.estate) if each.status is IncidentStatus.CLOSED]
        incident = known[-1] if known else f"fault-{self.name}"
        event = {"detail-type": "Incident Changed", "detail": {"incident": incident, "alerts": 1}}
        client.invoke(FunctionName=self._function, InvocationType="Event", Payload=json.dumps(event).encode())

    def detected(self, rehearsal: Rehearsal) -> Evidence | None:
        rehearsal.cloud.flush()
        named = rehearsal.estate.environment.placement.named
        alarms = [named("dead-letters", VICTIM), named("handler-errors", VICTIM)]
        found = rehearsal.cloud.client("cloudwatch").describe_alarms(AlarmNames=alarms)["MetricAlarms"]
        on = {each["AlarmName"]: each["StateUpdatedTimestamp"] for each in found if each["StateValue"] == "ALARM"}
        if not on or not self._waiting(rehearsal):
            return None
        return {"at": min(on.values()).timestamp(), "alarms": sorted(on), "dead_letters": self._waiting(rehearsal)}

    def causes(self, rehearsal: Rehearsal) -> list[str]:
        """The handler; what it waited for is no resource of the estate."""
        return [f"operations-{VICTIM}-function"]

    def respond(self, rehearsal: Rehearsal) -> str:
        """As the run book says: what it waits for is mended, and the dead letters are handed to it again."""
        client, sqs = rehearsal.cloud.client("lambda"), rehearsal.cloud.client("sqs")
        client.update_function_configuration(FunctionName=self._function, **self._before)
        replayed = 0
        while messages := sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                answer = client.invoke(FunctionName=self._function, Payload=message["Body"].encode())
                said = answer["Payload"].read().decode()
                # Where there was no incident yet, the handler is back when it says so.
                back = "FunctionError" not in answer or "there is no incident" in said
                require(back, f"{self.name}: the replay was not handled: {said}")
                sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
                replayed += 1
        require(replayed > 0, f"{self.name}: there was nothing to replay")
        return f"the handler reaches AWS again, and {replayed} dead letters were replayed"

    def recovered(self, rehearsal: Rehearsal) -> Evidence | None:
        rehearsal.cloud.flush()
        named = rehearsal.estate.environment.placement.named
        found = rehearsal.cloud.client("cloudwatch").describe_alarms(
            AlarmNames=[named("dead-letters", VICTIM), named("handler-errors", VICTIM)]
        )["MetricAlarms"]
        on = [each["AlarmName"] for each in found if each["StateValue"] == "ALARM"]
        if on or self._waiting(rehearsal):
            return None
        return {"dead_letters": 0, "alarms": {each["AlarmName"]: each["StateValue"] for each in found}}

    def undo(self, rehearsal: Rehearsal) -> None:
        self._open.close()
        if self._before:
            rehearsal.cloud.client("lambda").update_function_configuration(FunctionName=self._function, **self._before)

    def _waiting(self, rehearsal: Rehearsal) -> int:
        found = rehearsal.cloud.client("sqs").get_queue_attributes(
            QueueUrl=self._queue, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(found["Attributes"]["ApproximateNumberOfMessages"])
