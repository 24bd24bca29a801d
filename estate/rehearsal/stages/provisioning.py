"""plan, policies, provision, destroy: the estate comes up, and goes."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from estate.cloud.provider import CloudProvider
from estate.engine.program import Interrupted, ProgramError, Step, up
from estate.engine.program import destroy as destroy_deployment
from estate.engine.resource import Secret
from estate.plan import Plan, make_plan
from estate.rehearsal.context import POLL_S, Rehearsal
from estate.rehearsal.incidents import mailbox
from estate.rehearsal.residue import sort
from estate.rehearsal.stage import Evidence, StageFailed, require
from estate.release.changes import record
from estate.release.teardown import empty
from stacks.settings import Layer

NONE_IN_TEXT = re.compile(r"(?<![A-Za-z])None(?![A-Za-z])")


def plan(rehearsal: Rehearsal) -> Evidence:
    made = make_plan(rehearsal.root, rehearsal.environment, rehearsal.stack_file)
    rehearsal.plan = made
    evidence = made.evidence()
    rehearsal.notes["layers"] = _by_layer(made)
    require(not made.faults, f"{len(made.faults)} inputs break AWS's published constraints", evidence)
    return evidence


def _by_layer(made: Plan) -> dict[str, dict[str, int]]:
    """How many resources of which type each layer has, for the report."""
    counted: dict[str, Counter[str]] = {}
    for goal in made.goals:
        if goal.custom and (layer := made.layers[goal.urn]):
            counted.setdefault(layer, Counter())[goal.type.rpartition(":")[2]] += 1
    return {layer: dict(types.most_common()) for layer, types in counted.items()}


def policies(rehearsal: Rehearsal) -> Evidence:
    made: Plan = rehearsal.plan
    evidence = made.policy_evidence()
    rehearsal.notes["breaches"] = [asdict(breach) for breach in made.breaches]
    require(not made.denied, f"{len(made.denied)} mandatory policies are violated", evidence)
    return evidence


def provision(rehearsal: Rehearsal) -> Evidence:
    rehearsal.before = rehearsal.cloud.snapshot()
    steps = apply(rehearsal)
    broken = [f"{urn}: {path}" for urn, path in _texts_with_none(rehearsal)]
    evidence = {
        "created": sum(step.op == "create" for step in steps),
        "types": len({step.type for step in steps if step.op == "create"}),
        "outputs": len(rehearsal.deployment.outputs),
        "none_in_text": broken,
    }
    if Layer.OPERATIONS in rehearsal.settings.layers:
        rehearsal.beside.enter_context(mailbox(rehearsal))
    require(not broken, f"a missing output became text: {', '.join(broken)}", evidence)
    return evidence


def apply(rehearsal: Rehearsal) -> tuple[Step, ...]:
    """Runs the program against the emulated AWS, as `pulumi up` would; what exists is kept even where it fails."""
    provider = CloudProvider(rehearsal.cloud.client, rehearsal.cloud.account_id)
    try:
        result = up(
            rehearsal.root,
            rehearsal.environment,
            provider,
            rehearsal.deployment,
            stack_file=rehearsal.stack_file,
            on_step=rehearsal.step,
        )
    except Interrupted as interrupt:
        rehearsal.deployment = interrupt.deployment
        raise
    except ProgramError as error:
        if error.deployment is not None:
            rehearsal.deployment = error.deployment
        raise StageFailed(str(error)) from None
    rehearsal.deployment = result.deployment
    if Layer.OPERATIONS in rehearsal.settings.layers:
        record(rehearsal.estate, result.goals)  # as `estate record` does after `pulumi up`
    return result.steps


def destroy(rehearsal: Rehearsal) -> Evidence:
    """Deletes in reverse order, then compares the emulated AWS with what it was before `provision`."""
    if rehearsal.before is None:
        return {"deleted": 0, "left": [], "retained": []}
    rehearsal.beside.close()
    emptied = empty(rehearsal.estate, poll_s=POLL_S)
    rehearsal.cloud.flush()  # captured traffic and the offline store arrive late; a bucket that fills up cannot go
    provider = CloudProvider(rehearsal.cloud.client, rehearsal.cloud.account_id)
    try:
        left, steps = destroy_deployment(rehearsal.deployment, provider, on_step=rehearsal.step)
    except ProgramError as error:
        raise StageFailed(str(error), {"emptied": emptied}) from None
    rehearsal.deployment = left
    retained = {step.urn: step.name for step in steps if step.op == "retain"}
    residue = sort(rehearsal.before.difference(rehearsal.cloud.snapshot()), left, rehearsal.cloud.client)
    evidence = {
        "deleted": sum(step.op == "delete" for step in steps),
        "emptied": emptied,
        "retained": sorted(retained.values()),
        "left_by_design": residue.by_design,
        "left": residue.unexpected,
    }
    require(not residue.unexpected, f"left behind: {'; '.join(residue.unexpected)}", evidence)
    return evidence


def _texts_with_none(rehearsal: Rehearsal) -> Iterator[tuple[str, str]]:
    for urn, state in rehearsal.deployment.states.items():
        for path, text in _texts(state.goal.inputs, ""):
            if NONE_IN_TEXT.search(text):
                yield urn, path


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Secret):
        value = value.value
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]")
