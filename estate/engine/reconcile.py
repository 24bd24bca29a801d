"""Brings what exists to what the program asks for, one goal after another, then deletes what is no longer asked for."""

import uuid
from collections.abc import Callable
from dataclasses import replace

from estate.engine import changes
from estate.engine.calls import Calls
from estate.engine.outcome import Outcome
from estate.engine.removal import refuse_protected, remove
from estate.engine.resource import Goal, State, Values
from estate.engine.result import Deployment, Op, ProgramError, Step
from estate.engine.sdk import PROVIDER, default_tags, is_tagged, with_default_tags
from estate.engine.values import has_unknown

_NAMESPACE = uuid.UUID("6f0f3c7e-8f0b-5d0a-9d2f-3a3c6f1f5a11")  # of the ids of providers


class Reconciler:
    """Decides and acts as Pulumi's step generator and executor do, one resource at a time."""

    def __init__(self, calls: Calls, before: Deployment, on_step: Callable[[Step], None] | None = None) -> None:
        self._calls = calls
        self._on_step = on_step
        self._old = dict(before.states)
        self._pending = list(before.pending)
        self._new: dict[str, State] = {}
        self._matched: dict[str, str] = {}  # present URN by the URN of the old state
        self._deleted: set[str] = set()  # old URNs that went before their replacement came
        self._condemned: list[State] = []  # replaced, to be deleted when all else is done
        self._replaced: set[str] = set()
        self.steps: list[Step] = []

    def deployment(self, outputs: Values) -> Deployment:
        """What exists now."""
        unseen = {urn: s for urn, s in self._old.items() if urn not in self._matched and urn not in self._deleted}
        return Deployment({**self._new, **unseen}, outputs, (*self._pending, *self._condemned))

    def finish(self) -> None:
        """Deletes what was replaced and what the program no longer registers, dependents first.

        Raises ProgramError before anything is deleted where some of it is protected.
        """
        place = {urn: index for index, urn in enumerate(self._old)}
        removed = [s for urn, s in self._old.items() if urn not in self._matched and urn not in self._deleted]
        refuse_protected(removed, "deleted")
        for urn in sorted(self._deleted - self._matched.keys(), key=place.__getitem__, reverse=True):
            self._note("delete", self._old[urn].goal)
        listed = {state.goal.urn for state in removed}
        doomed = sorted([*removed, *self._condemned], key=lambda state: place[state.goal.urn])
        for state in reversed([*self._pending, *doomed]):
            op = remove(self._calls, state, listed)
            if state in self._condemned:
                self._condemned.remove(state)
            elif state in self._pending:
                self._pending.remove(state)
            else:
                self._deleted.add(state.goal.urn)
            if op == "retain" or (op == "delete" and state.goal.urn in listed):
                self._note(op, state.goal)
            self._calls.resume()

    # --- what the program registers

    def register(self, goal: Goal) -> Outcome:
        old = self._old_state(goal)
        if not goal.custom:
            return self._keep(goal, State(goal, "", goal.inputs), old)
        for key, value in goal.inputs.items():
            if has_unknown(value):
                sources = ", ".join(goal.property_dependencies.get(key, ())) or "an output"
                raise ProgramError(f"{goal.urn}: input {key} is not known; it is made from {sources}")
        if goal.type.startswith(PROVIDER):
            return self._configure(goal, old)
        wanted = replace(goal, inputs=with_default_tags(goal, self._default_tags(goal)))
        if old is None:
            return self._create(goal, wanted, "create")
        return self._change(goal, changes.kept(wanted, old), old)

    def read(self, goal: Goal) -> Outcome:
        if not goal.external_id:
            raise ProgramError(f"{goal.urn}: the id to read is not known")
        if self._old_state(goal) is not None:
            raise ProgramError(
                f"{goal.urn} was made by this program, which now only reads it: give the reading a new name"
            )
        return self._done("read", goal, self._complete(self._calls.read(goal), goal), (), None)

    def component_outputs(self, urn: str, outputs: Values) -> None:
        self._new[urn] = replace(self._new[urn], outputs=outputs)

    def invoke(self, token: str, args: Values) -> Values:
        answer = self._calls.invoke(token, args)
        self._calls.resume()
        return answer

    def known(self, urn: str) -> Outcome | None:
        state = self._new.get(urn)
        return Outcome(state.id, state.outputs) if state else None

    def _old_state(self, goal: Goal) -> State | None:
        for urn in (goal.urn, *goal.aliases):
            if urn not in self._old:
                continue
            if urn in self._matched:
                raise ProgramError(f"{goal.urn}: its alias {urn} is also claimed by {self._matched[urn]}")
            if self._old[urn].goal.external_id is None:
                return self._old[urn]
            self._matched[urn] = goal.urn  # was only looked at
        return None

    def _change(self, goal: Goal, wanted: Goal, old: State) -> Outcome:
        former = old.goal.urn
        differing = changes.changed(wanted, old)
        if former in self._deleted:
            return self._create(goal, wanted, "replace", differing, former)
        create_only = self._calls.replaces(goal.type)
        if changes.must_replace(wanted, old, create_only, self._replaced, self._matched):
            return self._replace(goal, wanted, old, differing)
        if not differing:
            return self._keep(goal, State(wanted, old.id, old.outputs), old)
        if self._calls.must_replace(wanted, old.goal):
            return self._replace(goal, wanted, old, differing)
        state = self._calls.update(old, wanted)
        return self._done("update", goal, self._complete(state, goal), differing, former)

    def _replace(self, goal: Goal, wanted: Goal, old: State, differing: tuple[str, ...]) -> Outcome:
        if wanted.protect:
            raise ProgramError(f"{goal.urn} is protected and cannot be replaced (changed: {', '.join(differing)})")
        first = wanted.delete_before_replace
        if first is None:
            first = self._calls.replaces_in_place(wanted, old.goal)
        former = old.goal.urn
        if first:
            self._delete_first(old)
        outcome = self._create(goal, wanted, "replace", differing, former)
        if not first:
            self._condemned.append(old)
        return outcome

    def _delete_first(self, root: State) -> None:
        """Deletes the resource, and before it those that cannot outlive it; they come again when they register."""
        doomed = [root]
        gone = {root.goal.urn}
        for urn, state in self._old.items():
            if urn in self._matched or urn in self._deleted or urn in gone:
                continue
            if changes.is_replaced_along(state, gone, self._calls.replaces):
                gone.add(urn)
                doomed.append(state)
        refuse_protected(doomed[1:], "replaced")
        for state in reversed(doomed):
            if not state.goal.retain_on_delete:
                self._calls.delete(state)
            else:
                self._note("retain", state.goal)
            self._deleted.add(state.goal.urn)
            self._calls.resume()

    def _create(
        self, goal: Goal, wanted: Goal, op: Op, differing: tuple[str, ...] = (), former: str | None = None
    ) -> Outcome:
        state = self._calls.create(wanted)
        return self._done(op, goal, self._complete(state, goal), differing, former)

    def _configure(self, goal: Goal, old: State | None) -> Outcome:
        self._calls.configure(goal)
        state = State(goal, str(uuid.uuid5(_NAMESPACE, goal.urn)), goal.inputs)
        differing = changes.changed(goal, old) if old else ()
        op: Op = "create" if old is None else "update" if differing else "same"
        return self._done(op, goal, state, differing, old.goal.urn if old else None)

    def _keep(self, goal: Goal, state: State, old: State | None) -> Outcome:
        op: Op = "create" if old is None else "same"
        return self._done(op, goal, state, (), old.goal.urn if old else None)

    def _done(self, op: Op, goal: Goal, state: State, differing: tuple[str, ...], former: str | None) -> Outcome:
        self._new[goal.urn] = state
        if former is not None:
            self._matched[former] = goal.urn
        if op == "replace":
            self._replaced.add(goal.urn)
        self._note(op, goal, differing)
        self._calls.resume()
        return Outcome(state.id, state.outputs)

    def _note(self, op: Op, goal: Goal, differing: tuple[str, ...] = ()) -> None:
        step = Step(op, goal.urn, goal.type, goal.name, differing)
        self.steps.append(step)
        if self._on_step is not None:
            self._on_step(step)

    def _default_tags(self, goal: Goal) -> dict[str, str]:
        provider = self._new.get(goal.provider or "")
        return default_tags(provider.goal) if provider else {}

    def _complete(self, state: State, goal: Goal) -> State:
        """The state with inputs as outputs, and AWS's two views on tags: the program's own, and all."""
        outputs = {**goal.inputs, **state.outputs}
        if is_tagged(goal.type):
            outputs["tagsAll"] = state.goal.inputs.get("tags", {})
            outputs["tags"] = goal.inputs.get("tags")
        return replace(state, outputs={key: value for key, value in outputs.items() if value is not None})
