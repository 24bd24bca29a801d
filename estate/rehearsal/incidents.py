"""What the estate recorded about what went wrong, and whether it names the true cause."""

import json
from collections.abc import Collection, Generator
from contextlib import contextmanager
from typing import Any

from contracts.incidents import Incident
from contracts.outputs import OperationsOutputs
from estate.rehearsal.context import Rehearsal
from estate.rehearsal.stage import Evidence, require
from estate.release.incidents import list_incidents
from pipelines.estate import layer_outputs
from stacks.settings import Layer

MAILBOX = "rehearsal-mailbox"
LOG_LINES = 20


def operations(rehearsal: Rehearsal) -> OperationsOutputs[str]:
    """What the layer publishes. Raises JobError where the environment lacks it."""
    return layer_outputs(OperationsOutputs[str], rehearsal.environment, Layer.OPERATIONS, rehearsal.cloud.client("ssm"))


def known(rehearsal: Rehearsal) -> set[str]:
    """Ids of the incidents so far; none where the environment keeps none."""
    if Layer.OPERATIONS not in rehearsal.settings.layers or not rehearsal.deployment.states:
        return set()
    return {incident.id for incident in list_incidents(rehearsal.estate)}


def since(rehearsal: Rehearsal, before: Collection[str]) -> list[Evidence]:
    """Incidents that were not among `before`: what they are about, whom they suspect first, what was done."""
    if not known(rehearsal):
        return []
    return [
        {
            "id": incident.id,
            "title": incident.title,
            "first_suspect": incident.suspects[0].subject if incident.suspects else None,
            "actions": [f"{each.kind}: {each.status.value}" for each in incident.actions],
        }
        for incident in list_incidents(rehearsal.estate)
        if incident.id not in before
    ]


def blames(incident: Incident, causes: Collection[str]) -> bool:
    """Whether one of `causes` is the first suspect: its subject, or the last part of it."""
    if not incident.suspects:
        return False
    first = incident.suspects[0].subject
    return any(first == cause or first.endswith((f":{cause}", f"/{cause}")) for cause in causes)


def told(incident: Incident) -> Evidence:
    """An incident as evidence."""
    return {
        "id": incident.id,
        "title": incident.title,
        "severity": incident.severity,
        "status": incident.status.value,
        "opened_at": incident.opened_at.isoformat(),
        "closed_at": incident.closed_at.isoformat() if incident.closed_at is not None else None,
        "subjects": list(incident.subjects),
        "alerts": [alert.name for alert in incident.alerts],
        "suspects": [f"{each.subject} ({each.score:.0%}): {each.reasons[0]}" for each in incident.suspects[:3]],
        "actions": [f"{each.kind} of {each.target}: {each.status.value}, {each.reason}" for each in incident.actions],
        "changes": len(incident.context.changes),
        "runbook": incident.context.runbook,
        "timeline": len(incident.timeline),
        "summary": incident.summary,
        "post_mortem_lines": len(incident.post_mortem.splitlines()) if incident.post_mortem is not None else 0,
    }


def require_cause(incident: Incident, causes: Collection[str]) -> None:
    """Fails the stage unless the incident's first suspect is one of `causes`."""
    wanted = " or ".join(sorted(causes))
    require(blames(incident, causes), f"incident {incident.id} does not suspect {wanted} first", told(incident))


def handlers_said(rehearsal: Rehearsal) -> list[str]:
    """The last lines of the handlers' logs, for whoever has to find out why nothing happened."""
    logs = rehearsal.cloud.client("logs")
    lines: list[str] = []
    for arn in operations(rehearsal).functions.values():
        name = arn.rpartition(":")[2]
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", limit=1000)["events"]
        lines += [f"{name}: {event['message']}" for event in sorted(events, key=lambda e: e["timestamp"])[-LOG_LINES:]]
    return lines


@contextmanager
def mailbox(rehearsal: Rehearsal) -> Generator[None]:
    """Within it, a queue of ours receives what the incidents' topic sends, as a team's chat would."""
    sqs, sns = rehearsal.cloud.client("sqs"), rehearsal.cloud.client("sns")
    topic = operations(rehearsal).topic
    url = sqs.create_queue(QueueName=MAILBOX)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    subscription = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True, Attributes={}
    )["SubscriptionArn"]
    try:
        yield
    finally:
        sns.unsubscribe(SubscriptionArn=subscription)
        sqs.delete_queue(QueueUrl=url)


def mail(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    """What has arrived in the mailbox since the last look: subject and message."""
    sqs = rehearsal.cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=MAILBOX)["QueueUrl"]
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            body = json.loads(message["Body"])
            found.append({"subject": body.get("Subject", ""), "message": json.loads(body["Message"])})
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found
