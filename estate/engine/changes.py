"""What differs between a resource that exists and the one that is wanted, and what that asks for. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from estate.engine import paths
from estate.engine.resource import Goal, State
from estate.engine.values import unwrap


def kept(goal: Goal, old: State) -> Goal:
    """The goal with the inputs of `ignore_changes` as they were."""
    inputs = goal.inputs
    for path in goal.ignore_changes:
        inputs = paths.restored(inputs, old.goal.inputs, path)
    return replace(goal, inputs=inputs)


def changed(goal: Goal, old: State) -> tuple[str, ...]:
    """Names of the top-level inputs that differ, sorted."""
    before, after = unwrap(old.goal.inputs), unwrap(goal.inputs)
    return tuple(sorted(key for key in {*before, *after} if _differ(before.get(key), after.get(key))))


def _differ(before: object, after: object) -> bool:
    return before != after or isinstance(before, bool) != isinstance(after, bool)  # in Python, True equals 1


def must_replace(
    goal: Goal,
    old: State,
    create_only: Collection[str],
    replaced: Collection[str],
    renamed: Mapping[str, str],
) -> bool:
    """Whether the resource has to be made anew.

    `create_only` are the inputs that its service cannot change, `replaced` the resources that are made anew in this
    run, `renamed` the present URNs of resources by their former ones.
    """
    former = old.goal.provider
    return (
        bool(set(changed(goal, old)) & set(create_only))
        or any(paths.differs(unwrap(goal.inputs), unwrap(old.goal.inputs), path) for path in goal.replace_on_changes)
        or (former is not None and renamed.get(former, former) != goal.provider)
        or (goal.provider is None) != (former is None)
        or unwrap(goal.replacement_trigger) != unwrap(old.goal.replacement_trigger)
        or any(urn in replaced for urn in goal.replace_with)
    )


def is_replaced_along(state: State, gone: Collection[str], replaces: Callable[[str], Collection[str]]) -> bool:
    """Whether an existing resource cannot outlive those that are deleted before they are made anew.

    It cannot where a property that its service cannot change was made from one of them; `replaces` names those of a
    type.
    """
    goal = state.goal
    if not goal.custom or goal.external_id is not None:
        return False
    if goal.provider in gone:
        return True
    stale = {key for key, urns in goal.property_dependencies.items() if any(urn in gone for urn in urns)}
    watched = {str(paths.parse(path)[0]) for path in goal.replace_on_changes}
    return bool(stale and (stale & set(replaces(goal.type)) or "*" in watched or stale & watched))
