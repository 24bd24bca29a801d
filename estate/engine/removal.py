"""Taking resources away: what is protected stays and is said, what is retained is only forgotten."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from estate.engine.calls import Calls
from estate.engine.provider import Provider
from estate.engine.resource import State
from estate.engine.result import Deployment, Interrupted, Op, ProgramError, Step
from estate.engine.sdk import PROVIDER


def refuse_protected(states: Iterable[State], what: str) -> None:
    """Raises ProgramError that names the protected ones."""
    urns = [state.goal.urn for state in states if state.goal.protect]
    if urns:
        listed = "".join(f"\n  {urn}" for urn in urns)
        raise ProgramError(f"protected resources cannot be {what}; take `protect` off them first:{listed}")


def remove(calls: Calls, state: State, gone: Collection[str]) -> Op | None:
    """Deletes one resource; None for what the program only read. `gone` are the URNs that are deleted with it."""
    goal = state.goal
    if goal.external_id is not None:
        return None
    if goal.custom and goal.retain_on_delete and not goal.type.startswith(PROVIDER):
        return "retain"
    if goal.custom and not goal.type.startswith(PROVIDER) and goal.deleted_with not in gone:
        calls.delete(state)
    return "delete"


def destroy(
    deployment: Deployment, provider: Provider, *, on_step: Callable[[Step], None] | None = None
) -> tuple[Deployment, tuple[Step, ...]]:
    """Deletes all that exists, dependents first. What is left is what is retained by design.

    Raises ProgramError, before anything is deleted, where resources are protected; and ProgramError or Interrupted,
    with what still exists as `deployment`, where it cannot go to its end.
    """
    refuse_protected([*deployment.states.values(), *deployment.pending], "destroyed")
    left = dict(deployment.states)
    pending = list(deployment.pending)
    steps: list[Step] = []
    gone = {urn for urn, state in left.items() if not state.goal.retain_on_delete}

    def note(op: Op | None, state: State) -> None:
        if op is not None:
            steps.append(Step(op, state.goal.urn, state.goal.type, state.goal.name))
            if on_step is not None:
                on_step(steps[-1])

    with Calls(provider) as calls:
        try:
            for state in deployment.states.values():
                if state.goal.type.startswith(PROVIDER):
                    calls.configure(state.goal)
                    calls.resume()
            for state in reversed([*pending, *deployment.states.values()]):
                op = remove(calls, state, gone)
                if state in pending:
                    pending.remove(state)
                elif op != "retain":
                    del left[state.goal.urn]
                note(op, state)
                calls.resume()
        except ProgramError as error:
            raise ProgramError(str(error), Deployment(left, deployment.outputs, tuple(pending))) from error
        except KeyboardInterrupt:
            raise Interrupted(Deployment(left, deployment.outputs, tuple(pending))) from None
    return Deployment(left, {}), tuple(steps)


def unprotect(deployment: Deployment) -> Deployment:
    """The same resources without protection, as `pulumi state unprotect --all` leaves them."""
    states = {urn: replace(s, goal=replace(s.goal, protect=False)) for urn, s in deployment.states.items()}
    pending = tuple(replace(s, goal=replace(s.goal, protect=False)) for s in deployment.pending)
    return replace(deployment, states=states, pending=pending)
