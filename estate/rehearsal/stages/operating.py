"""incident: what went wrong before was noticed, explained, acted upon, and is closed."""

import time

from contracts.incidents import Incident, IncidentStatus
from contracts.pipelines import Definition, File
from estate.rehearsal.context import POLL_S, Rehearsal
from estate.rehearsal.health import alarms_on
from estate.rehearsal.incidents import mail, require_cause, told
from estate.rehearsal.stage import Evidence, StageFailed, StageSkipped, require
from estate.rehearsal.stages.learning import newest
from estate.rehearsal.stages.watching import drifting
from estate.rehearsal.traffic import send
from estate.release.incidents import list_incidents
from stacks.settings import Layer

CLOSED_WITHIN_S = 60.0
ROWS = 2000


def incident(rehearsal: Rehearsal) -> Evidence:
    """The drift and the bad release opened incidents that name their causes; once the estate is well they close."""
    if Layer.OPERATIONS not in rehearsal.settings.layers:
        raise StageSkipped("the environment has no layer `operations`, which keeps incidents")
    for model in drifting(rehearsal):
        _look_again(rehearsal, model)
    found = _closed(rehearsal)
    rehearsal.notes["incidents"] = [each.model_dump(mode="json") for each in found]
    evidence: Evidence = {each.id: told(each) for each in found}
    for model in drifting(rehearsal):
        drifted = _about(found, rehearsal.outputs(model).drift_alarm, evidence)
        require(any(a.kind == "retrain" for a in drifted.actions), f"{model}: the drift was not acted upon", evidence)
        # The rows that landed are those that were asked about: both have moved, and nothing else has.
        require_cause(drifted, [f"data:{model}", f"traffic:{model}"])
        broken = rehearsal.estate.environment.placement.named("errors", model)
        require_cause(_about(found, broken, evidence), [f"release:{model}"])
    for each in found:
        said = each.summary is not None and each.post_mortem is not None
        require(said, f"incident {each.id} was closed without summary and post-mortem", evidence)
    messages = mail(rehearsal)
    evidence["delivered"] = [message["subject"] for message in messages]
    missing = [each.id for each in found if each.id not in {message["message"]["id"] for message in messages}]
    require(not missing, f"nobody was told of incidents {', '.join(missing)}", evidence)
    return evidence


def _look_again(rehearsal: Rehearsal, model: str) -> None:
    """The monitor's next run, on traffic of the kind that the version in service has learned from."""
    learned = rehearsal.read_table(newest(rehearsal, rehearsal.outputs(model).features_uri, File.TRAIN))
    send(rehearsal, model, learned.sample(min(ROWS, len(learned)), random_state=0))
    rehearsal.cloud.flush()
    rehearsal.start(model, "calm-monitor", Definition.MONITOR, {})
    rehearsal.follow(model, "calm-monitor")


def _closed(rehearsal: Rehearsal) -> list[Incident]:
    """All incidents, once none is open any more."""
    deadline = time.monotonic() + CLOSED_WITHIN_S
    while True:
        rehearsal.cloud.flush()
        found = list_incidents(rehearsal.estate)
        if not [each for each in found if each.status is IncidentStatus.OPEN]:
            return found
        if time.monotonic() > deadline:
            still = [f"{each.id} ({each.title})" for each in found if each.status is IncidentStatus.OPEN]
            evidence = {"in_alarm": sorted(alarms_on(rehearsal)), **{each.id: told(each) for each in found}}
            raise StageFailed(f"still open: {'; '.join(still)}", evidence)
        time.sleep(POLL_S)


def _about(found: list[Incident], alarm: str, evidence: Evidence) -> Incident:
    """The newest incident with an alert of `alarm`."""
    fitting = [each for each in found if any(alert.name == alarm for alert in each.alerts)]
    require(bool(fitting), f"{alarm} went off and no incident knows of it", evidence)
    return fitting[-1]
