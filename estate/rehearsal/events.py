"""Listens to the estate's own events: a rule and a queue beside it, as anybody with an account could make them."""

import json
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from estate.rehearsal.context import POLL_S, Rehearsal
from estate.rehearsal.stage import StageFailed

Event = dict[str, Any]


@dataclass(frozen=True)
class Ear:
    """A queue that receives what a rule matches."""

    rehearsal: Rehearsal
    url: str

    def next(self, within_s: float) -> Event:
        """The next event, as EventBridge delivered it. Fails the stage where none comes in time."""
        sqs = self.rehearsal.cloud.client("sqs")
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            for message in sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=1).get("Messages", ()):
                sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                return json.loads(message["Body"])
            time.sleep(POLL_S)
        raise StageFailed(f"no event within {within_s:.0f} s")


@contextmanager
def listen(rehearsal: Rehearsal, pattern: Event) -> Generator[Ear]:
    """Within it, events that match `pattern` are also delivered to a queue of ours."""
    name = f"rehearsal-ear-{uuid.uuid4().hex[:12]}"
    events, sqs = rehearsal.cloud.client("events"), rehearsal.cloud.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    try:
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        events.put_rule(Name=name, EventPattern=json.dumps(pattern), State="ENABLED")
        events.put_targets(Rule=name, Targets=[{"Id": "ear", "Arn": arn}])
        try:
            yield Ear(rehearsal, url)
        finally:
            events.remove_targets(Rule=name, Ids=["ear"])
            events.delete_rule(Name=name)
    finally:
        sqs.delete_queue(QueueUrl=url)


def handlers_of(rehearsal: Rehearsal, event: Event) -> list[str]:
    """ARNs of the functions to which a rule delivers `event` as it is."""
    events = rehearsal.cloud.client("events")
    rules = [rule for page in events.get_paginator("list_rules").paginate() for rule in page["Rules"]]
    return [
        target["Arn"]
        for rule in rules
        if rule["State"] == "ENABLED" and "EventPattern" in rule
        if events.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(event))["Result"]
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        if ":lambda:" in target["Arn"] and not {"Input", "InputPath", "InputTransformer"} & target.keys()
    ]
