"""What the estate recorded about what went wrong, and whether it names the true cause."""

import json
import time
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from contracts.incidents import Incident
from contracts.outputs import OperationsOutputs
from estate.rehearsal.context import POLL_S, Rehearsal
from estate.rehearsal.stage import Evidence, StageFailed, require
from estate.release.incidents import list_incidents
from estate.release.records import Records, item
from pipelines.estate import layer_outputs
from stacks.settings import Layer

MAILBOX = "rehearsal-mailbox"
LOG_LINES = 20
EXPLAINED_WITHIN_S = 30.0
INDEX = ("state", "index")  # the handlers' record of which alerts go together
APART = timedelta(minutes=31)
ATTEMPTS = 20
BEYOND = 1000
LAST_PLACE = 2  # a cause further down is not found: who reads an incident looks at the first, and at one more


def operations(rehearsal: Rehearsal) -> OperationsOutputs[str]:
    """What the layer publishes. Raises JobError where the environment lacks it."""
    return layer_outputs(OperationsOutputs[str], rehearsal.environment, Layer.OPERATIONS, rehearsal.cloud.client("ssm"))


def known(rehearsal: Rehearsal) -> dict[str, int]:
    """How many alerts each incident has so far; none where the environment keeps no incidents."""
    if Layer.OPERATIONS not in rehearsal.settings.layers or not rehearsal.deployment.states:
        return {}
    return {incident.id: len(incident.alerts) for incident in list_incidents(rehearsal.estate)}


def grown(rehearsal: Rehearsal, before: Mapping[str, int]) -> list[Incident]:
    """Incidents that are new, or have more alerts, than those of `before`."""
    if not known(rehearsal):
        return []
    return [each for each in list_incidents(rehearsal.estate) if len(each.alerts) > before.get(each.id, 0)]


def set_apart(rehearsal: Rehearsal) -> None:
    """For the handlers, what was before lies further back than any alert of one cause.

    One fault follows the other within seconds, and by their rule alerts on one model within half an hour are one
    incident: of several faults there would be one, with all causes. An incident that is open still takes the end of
    its own alerts.
    """
    if not known(rehearsal):
        return
    records = Records(rehearsal.estate)
    for _ in range(ATTEMPTS):
        found = records.get(*INDEX)
        if found is None:
            return
        body, version = json.loads(found["body"]["S"]), int(found["version"]["N"])
        for entry in body["entries"]:
            for moment in ("first", "last"):
                entry[moment] = (datetime.fromisoformat(entry[moment]) - APART).isoformat(timespec="milliseconds")
        put = {
            "Item": item(*INDEX, body, version + 1),
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(version)}},
        }
        if records.write(put):
            return
    raise StageFailed("the incidents' index changes all the time")


def _brief(incident: Incident) -> Evidence:
    """What it is about, whom it suspects, what was done."""
    return {
        "id": incident.id,
        "title": incident.title,
        "alerts": sorted({alert.name for alert in incident.alerts}),
        "suspects": [f"{each.subject} ({each.score:.0%}): {each.reasons[0]}" for each in incident.suspects[:3]],
        "actions": [f"{each.kind}: {each.status.value}" for each in incident.actions],
    }


def place(incident: Incident, causes: Collection[str]) -> int | None:
    """How high the first of `causes` stands among the suspects, from 1; None where it is none of them.

    A cause is a suspect's subject, or the last part of it.
    """
    for number, suspect in enumerate(incident.suspects, 1):
        if any(suspect.subject == cause or suspect.subject.endswith((f":{cause}", f"/{cause}")) for cause in causes):
            return number
    return None


def explained(rehearsal: Rehearsal, before: Mapping[str, int], causes: Collection[str], no_incident: str) -> Evidence:
    """The incidents since `before`, and where one of `causes` stands among their suspects.

    Fails the stage where none of them has it among its first two within EXPLAINED_WITHIN_S seconds, and where there
    is an incident although `no_incident` says why there is none.
    """
    if no_incident:
        found = [_brief(each) for each in grown(rehearsal, before)]
        require(not found, f"an incident was opened, though {no_incident}", {"incidents": found})
        return {"incidents": [], "no_incident": no_incident}
    if not causes or Layer.OPERATIONS not in rehearsal.settings.layers:
        return {"incidents": [_brief(each) for each in grown(rehearsal, before)]}
    deadline = time.monotonic() + EXPLAINED_WITHIN_S
    while True:
        rehearsal.cloud.flush()
        new = grown(rehearsal, before)
        best = min(new, key=lambda each: place(each, causes) or BEYOND, default=None)
        at = place(best, causes) if best is not None else None
        evidence: Evidence = {"incidents": [_brief(each) for each in new]}
        if best is not None and at is not None and at <= LAST_PLACE:
            suspect = best.suspects[at - 1]
            said = f"suspect {at} of {best.id}, {suspect.score:.0%}: {suspect.reasons[0]}"
            return {**evidence, "cause": {"subject": suspect.subject, "said": said}}
        if time.monotonic() > deadline:
            wanted = " or ".join(sorted(causes))
            raise StageFailed(f"no incident has {wanted} among its first {LAST_PLACE} suspects", evidence)
        time.sleep(POLL_S)


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
    first = place(incident, causes) == 1
    require(first, f"incident {incident.id} does not suspect {wanted} first", told(incident))


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
