"""Makes goals exist in a cloud, through boto3."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from estate.cloud.answers import (
    as_properties,
    as_text,
    listed,
    named_by,
    pairs,
    pauses,
    record,
    refuse_partial_success,
    said,
    status_of,
)
from estate.cloud.resources.emptying import NotEmpty
from estate.cloud.resources.fit import UnmappedInput
from estate.cloud.resources.lookups import UnknownLookup, lookup
from estate.cloud.resources.requests import is_local, known_inputs, replaces, requests, surroundings
from estate.cloud.resources.row import Call, Row, Step, Values
from estate.cloud.resources.shapes import input_shape
from estate.cloud.resources.table import UnknownType, recorded, row
from estate.cloud.resources.tagging import tagging
from estate.cloud.resources.template import Unfilled, fill, search
from estate.engine.provider import ProviderError
from estate.engine.resource import Goal, State

_NAMED_BY = re.compile(r"\{in\.(\w+)")  # inputs that an id is made of


class CloudProvider:
    """Implements estate.engine.provider.Provider on boto3 clients.

    `client` gives the client of a service; `account_id` is the account that it must reach, twelve digits. `patience`
    is how many seconds a status may take.
    """

    def __init__(self, client: Callable[[str], Any], account_id: str, *, patience: float = 600) -> None:
        self._client = client
        self.account_id = account_id
        self._patience = patience
        self._region: str | None = None

    @property
    def region(self) -> str:
        """The region that the clients are in."""
        if self._region is None:
            self._region = self._client("sts").meta.region_name
        return self._region

    def configure(self, goal: Goal) -> None:
        """Refuses a provider of another account than the one that the clients reach, before anything is touched."""
        if not goal.type.endswith(":aws"):
            return
        reached = self._send(Call("sts", "GetCallerIdentity", {}), goal.urn)["Account"]
        allowed = listed(goal.inputs.get("allowedAccountIds"))
        if allowed and reached not in allowed:
            raise ProviderError(f"{goal.urn}: this is account {reached}; allowed is only {', '.join(allowed)}")
        if reached in listed(goal.inputs.get("forbiddenAccountIds")):
            raise ProviderError(f"{goal.urn}: this is account {reached}, which is forbidden")
        if reached != self.account_id:
            raise ProviderError(f"{goal.urn}: this is account {reached}, and {self.account_id} was expected")
        wanted = goal.inputs.get("region")
        if wanted and wanted != self.region:
            raise ProviderError(f"{goal.urn}: the program wants region {wanted}, the clients are in {self.region}")

    def create(self, goal: Goal) -> State:
        """Creates it, waits until it is ready, and reads it back."""
        if recorded(goal.type) is not None:
            return record(goal)
        found, inputs = self._known(goal)
        known = self._surroundings(found, inputs)
        for call in self._calls(found, found.create, inputs, known, goal):
            known["made"] = self._send(call, goal.urn)
            refuse_partial_success(known["made"], goal.urn)
        known["id"] = self._filled(found.id, known, goal)
        if not isinstance(known["id"], str):
            raise ProviderError(f"{goal.urn}: {found.create.operation} gave no id")
        try:
            self._follow(found, inputs, known, goal)
            return self._settled(found, inputs, known, goal)
        except ProviderError:
            self._take_back(found, inputs, known, goal)
            raise

    def read(self, goal: Goal) -> State:
        """The existing resource `goal.external_id`; what was not given of its inputs is taken from the cloud."""
        if goal.external_id is None:
            raise ProviderError(f"{goal.urn}: has no id to be read by")
        if recorded(goal.type) is not None:
            return State(goal, goal.external_id, {"id": goal.external_id, **goal.inputs})
        found, inputs = self._known(replace(goal, inputs={**named_by(goal), **goal.inputs}))
        known = {**self._surroundings(found, inputs), "id": goal.external_id}
        reading = self._reading(found, inputs, known, goal)
        if reading is None:
            raise ProviderError(f"{goal.urn}: there is no {goal.type} {goal.external_id}")
        state = self._state(found, inputs, {**known, "read": reading}, goal)
        return replace(state, outputs={**as_properties(reading), **state.outputs})

    def update(self, old: State, goal: Goal) -> State:
        """Changes what differs, call by call; raises where an input cannot change in place."""
        if recorded(goal.type) is not None:
            return replace(record(goal), id=old.id)
        found, inputs = self._known(goal)
        _, before = self._known(old.goal)
        known = {**self._surroundings(found, inputs), "id": old.id, "old": before, "out": old.outputs}
        reading = self._reading(found, inputs, known, goal)
        if reading is None:
            raise ProviderError(f"{goal.urn}: {old.id} is gone; it was removed by something else")
        known["read"] = reading
        changed = {key for key in {*before, *inputs} if before.get(key) != inputs.get(key) and not is_local(found, key)}
        left = changed - self._change(found, changed, inputs, known, goal)
        if "tags" in left:
            self._retag(found, before.get("tags") or {}, inputs.get("tags") or {}, known, goal)
            left -= {"tags"}
        if left:
            raise ProviderError(f"{goal.urn}: {', '.join(sorted(left))} of {goal.type} cannot be changed in place")
        state = self._settled(found, inputs, known, goal)
        self._confirm(found, changed, inputs, known, goal)
        return state

    def delete(self, state: State) -> None:
        """Removes it and waits until it is gone; what is gone already is no error."""
        goal = state.goal
        if recorded(goal.type) is not None or goal.external_id is not None:
            return
        found, inputs = self._known(goal)
        known = {**self._surroundings(found, inputs), "id": state.id, "out": state.outputs}
        reading = self._reading(found, inputs, known, goal)
        if reading is None or found.adopted:
            return
        known["read"] = reading
        if found.gone_when is not None and status_of(found.gone_when, reading) in found.gone_when.until:
            return
        try:
            if found.clear is not None:
                found.clear(self._client, known)
        except NotEmpty as error:
            raise ProviderError(f"{goal.urn}: {error}") from None
        except ClientError as error:
            raise ProviderError(f"{goal.urn}: {said(error)}") from error
        sent = [self._send(call, goal.urn, found.gone) for call in self._removals(found, inputs, known, goal)]
        if sent and not found.lasting:
            self._await_end(found, inputs, known, goal)

    def replaces(self, type: str) -> frozenset[str]:
        """Inputs of which a change makes a new resource."""
        try:
            return replaces(type)
        except UnknownType as error:
            raise ProviderError(str(error)) from None

    def must_replace(self, goal: Goal, old: Goal) -> bool:
        """Whether a change inside an input makes a new resource."""
        found = None if recorded(goal.type) is not None else self._row(goal).fixed_within
        return found is not None and found(goal.inputs, old.inputs, self.region)

    def replaces_in_place(self, goal: Goal, old: Goal | None = None) -> bool:
        """Whether the old one must go first: the program gives the name, and two cannot have it.

        `old` is what is replaced; one of another name can stay until the new one is there.
        """
        if recorded(goal.type) is not None:
            return True
        found = self._row(goal)
        if found.name is not None:
            named, given = [found.name], goal.inputs.get(found.name) is not None
        else:
            named, given = _NAMED_BY.findall(str(found.id)), str(found.id).startswith("{in.")
        renamed = old is not None and any(goal.inputs.get(key) != old.inputs.get(key) for key in named)
        return given and not renamed

    def invoke(self, token: str, args: Values) -> Values:
        """Answers a data source."""
        try:
            return lookup(token, args, self._client, self.region)
        except UnknownLookup as error:
            raise ProviderError(str(error)) from None
        except (ClientError, BotoCoreError) as error:
            raise ProviderError(f"{token}: {said(error)}") from error

    def reading(self, state: State) -> Mapping[str, Any] | None:
        """What the cloud says of it, as the API names it; None where it does not exist."""
        found, inputs = self._known(state.goal)
        known = {**self._surroundings(found, inputs), "id": state.id, "out": state.outputs}
        reading = self._reading(found, inputs, known, state.goal)
        if reading is None or (found.gone_when and status_of(found.gone_when, reading) in found.gone_when.until):
            return None
        return reading

    def tags(self, state: State) -> dict[str, str] | None:
        """Tags that the cloud has for it; None where its type's tags cannot be listed."""
        found, inputs = self._known(state.goal)
        known = {**self._surroundings(found, inputs), "id": state.id, "out": state.outputs}
        way = tagging(found)
        if way is None or way.listing is None:
            return None
        answer = self._send(Call(found.service, way.listing, fill(way.listed or way.target, known)), state.goal.urn)
        listed = search(way.at, answer) or {}
        return pairs(listed)

    # From here on: the steps of the above.

    def _row(self, goal: Goal) -> Row:
        try:
            return row(goal.type)
        except UnknownType as error:
            raise ProviderError(f"{goal.urn}: {error}") from None

    def _known(self, goal: Goal) -> tuple[Row, dict[str, Any]]:
        found = self._row(goal)
        return found, known_inputs(found, goal)

    def _surroundings(self, found: Row, inputs: Values) -> dict[str, Any]:
        known = surroundings(
            self.account_id, self.region, **{"in": inputs, "old": {}, "made": {}, "out": {}, "read": {}}
        )
        return {**known, "id": None}

    def _calls(
        self, found: Row, step: Step, inputs: Values, known: Values, goal: Goal, *, again: bool = False
    ) -> Iterator[Call]:
        try:
            yield from requests(found, step, inputs, known, again=again)
        except UnmappedInput as error:
            raise ProviderError(f"{goal.urn}: {error}") from None
        except Unfilled as error:
            raise ProviderError(f"{goal.urn}: {step.operation} needs {error}, which is not known") from None

    def _filled(self, template: Any, known: Values, goal: Goal) -> Any:
        try:
            return fill(template, known)
        except Unfilled as error:
            raise ProviderError(f"{goal.urn}: the cloud did not say {error}") from None

    def _send(self, call: Call, urn: str, unless: Sequence[str] = ()) -> dict[str, Any]:
        method = getattr(self._client(call.service), xform_name(call.operation))
        try:
            answer = method(**call.params)
        except ClientError as error:
            if error.response["Error"]["Code"] in unless:
                return {}
            raise ProviderError(f"{urn}: {call.service} {call.operation}: {said(error)}") from error
        except BotoCoreError as error:
            raise ProviderError(f"{urn}: {call.service} {call.operation}: {error}") from error
        answer.pop("ResponseMetadata", None)
        return answer

    def _removals(self, found: Row, inputs: Values, known: Values, goal: Goal) -> Iterator[Call]:
        for step in found.delete:
            yield from self._calls(found, step, inputs, known, goal)

    def _follow(self, found: Row, inputs: Values, known: dict[str, Any], goal: Goal) -> None:
        for step in found.follow:
            for call in self._calls(found, step, inputs, known, goal):
                self._send(call, goal.urn, unless=("InvalidPermission.NotFound",))

    def _change(self, found: Row, changed: set[str], inputs: Values, known: dict[str, Any], goal: Goal) -> set[str]:
        done: set[str] = set()
        for step in (*found.update, *found.follow):
            concerned = {key for key in changed if step.takes and key in step.takes}
            if step in found.follow:
                concerned -= done
            stated = concerned if step.whole else {key for key in concerned if inputs.get(key) is not None}
            if not stated or (step.when is not None and not step.when(inputs)):
                continue
            for call in self._calls(found, step, inputs, known, goal, again=True):
                known["made"] = self._send(call, goal.urn)
            done |= stated
        return done

    def _retag(
        self, found: Row, before: Mapping[str, str], after: Mapping[str, str], known: Values, goal: Goal
    ) -> None:
        way = tagging(found)
        if way is None:
            raise ProviderError(f"{goal.urn}: tags of {goal.type} cannot be changed")
        target = self._filled(way.target, known, goal)
        removed = sorted(key for key in before if key not in after)
        if removed:
            listed = input_shape(found.service, way.remove).members[way.keys]
            keys: list[Any] = list(removed)
            if listed.type_name == "list" and listed.member.type_name == "structure":
                keys = [{"Key": key} for key in removed]
            self._send(Call(found.service, way.remove, {**target, way.keys: keys}), goal.urn)
        if after:
            step = Step(way.add, ("tags",), way.target, {"tags": way.tags} if way.tags != "tags" else {})
            for call in self._calls(replace(found, tags=None), step, {"tags": after}, known, goal):
                self._send(call, goal.urn)

    def _settled(self, found: Row, inputs: Values, known: dict[str, Any], goal: Goal) -> State:
        """Waits for the status that means ready, and reads."""
        waiting = pauses(self._patience)
        while True:
            reading = self._reading(found, inputs, known, goal)
            if reading is None:
                raise ProviderError(f"{goal.urn}: {known['id']} was created, and cannot be read back")
            status = None if found.wait is None else status_of(found.wait, reading)
            if found.wait is None or status is None or status in found.wait.until:
                break
            if status in found.wait.failed:
                reason = search(found.wait.reason, reading)
                raise ProviderError(f"{goal.urn}: {known['id']} is {status}: {reason or 'no reason given'}")
            if next(waiting, None) is None:
                raise ProviderError(f"{goal.urn}: {known['id']} is still {status} after {self._patience:g} s")
        known["read"] = reading
        return self._state(found, inputs, known, goal)

    def _confirm(self, found: Row, changed: set[str], inputs: Values, known: Values, goal: Goal) -> None:
        for key, path in found.confirm.items():
            live = search(path, known["read"])
            if key in changed and live != inputs.get(key):
                reason = search(found.wait.reason, known["read"]) if found.wait else None
                raise ProviderError(
                    f"{goal.urn}: {key} was to become {inputs.get(key)}, and is {live}: rolled back"
                    f" ({reason or 'no reason given'})"
                )

    def _state(self, found: Row, inputs: Values, known: dict[str, Any], goal: Goal) -> State:
        known = {**known, "out": {}}
        outputs = {key: as_text(self._filled(template, known, goal)) for key, template in found.outputs.items()}
        given = {key: value for key, value in inputs.items() if key != "region"}
        tags = {"tagsAll": inputs.get("tags") or {}} if found.tags or tagging(found) else {}
        everything = {**given, **tags, "region": self.region, **outputs}
        kept = {key: value for key, value in everything.items() if value is not None}
        return State(goal, known["id"], {**kept, "id": known["id"]})

    def _reading(self, found: Row, inputs: Values, known: Mapping[str, Any], goal: Goal) -> dict[str, Any] | None:
        reading: dict[str, Any] = {}
        for first, step in zip((True, *[False] * len(found.read)), found.read, strict=False):
            answer = self._look(found, step, inputs, {**known, "read": reading}, goal)
            if answer is None and first:
                return None
            if answer is None:
                continue
            if step.into is not None:
                reading[step.into] = answer
            else:
                reading.update(answer)
        return reading

    def _look(self, found: Row, step: Step, inputs: Values, known: Mapping[str, Any], goal: Goal) -> Any:
        for call in self._calls(found, step, inputs, known, goal):
            method = getattr(self._client(call.service), xform_name(call.operation))
            try:
                answer = method(**call.params)
            except ClientError as error:
                if error.response["Error"]["Code"] in (*found.gone, *step.missing):
                    return None
                raise ProviderError(f"{goal.urn}: {call.service} {call.operation}: {said(error)}") from error
            except BotoCoreError as error:
                raise ProviderError(f"{goal.urn}: {call.service} {call.operation}: {error}") from error
            answer.pop("ResponseMetadata", None)
            return search(self._filled(step.at, known, goal), answer)
        return None

    def _await_end(self, found: Row, inputs: Values, known: Mapping[str, Any], goal: Goal) -> None:
        end = found.gone_when
        for _ in pauses(self._patience):
            reading = self._reading(found, inputs, known, goal)
            if reading is None or (end is not None and status_of(end, reading) in end.until):
                return
        raise ProviderError(f"{goal.urn}: {known['id']} still exists {self._patience:g} s after its deletion")

    def _take_back(self, found: Row, inputs: Values, known: Mapping[str, Any], goal: Goal) -> None:
        """Removes what a failed creation left; the failure is what is told, so another one here is passed over."""
        try:
            for call in () if found.adopted else self._removals(found, inputs, known, goal):
                self._send(call, goal.urn)
        except ProviderError:
            return
