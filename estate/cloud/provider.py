"""Makes goals exist in a cloud, through boto3."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from estate.cloud.answers import as_properties, listed, named_by, record, refuse_partial_success, said
from estate.cloud.dialogue import Dialogue, Line
from estate.cloud.resources.lookups import UnknownLookup, lookup
from estate.cloud.resources.requests import known_inputs, replaces
from estate.cloud.resources.row import Call, Row, Values
from estate.cloud.resources.table import UnknownType, recorded, row
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
        reached = self._line.send(Call("sts", "GetCallerIdentity", {}), goal.urn)["Account"]
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
        talk = self._talk(goal)
        for call in talk.calls(talk.row.create):
            talk.known["made"] = talk.send(call)
            refuse_partial_success(talk.known["made"], goal.urn)
        talk.known["id"] = talk.filled(talk.row.id)
        if not isinstance(talk.known["id"], str):
            raise ProviderError(f"{goal.urn}: {talk.row.create.operation} gave no id")
        try:
            talk.follow()
            return talk.settle()
        except ProviderError:
            talk.take_back()
            raise

    def read(self, goal: Goal) -> State:
        """The existing resource `goal.external_id`; what was not given of its inputs is taken from the cloud."""
        if goal.external_id is None:
            raise ProviderError(f"{goal.urn}: has no id to be read by")
        if recorded(goal.type) is not None:
            return State(goal, goal.external_id, {"id": goal.external_id, **goal.inputs})
        talk = self._talk(goal, {**named_by(goal), **goal.inputs}).about(goal.external_id, {})
        reading = talk.look()
        if reading is None:
            raise ProviderError(f"{goal.urn}: there is no {goal.type} {goal.external_id}")
        state = talk.state()
        return replace(state, outputs={**as_properties(reading), **state.outputs})

    def update(self, old: State, goal: Goal) -> State:
        """Changes what differs, call by call; raises where an input cannot change in place."""
        if recorded(goal.type) is not None:
            return replace(record(goal), id=old.id)
        talk = self._talk(goal).about(old.id, old.outputs)
        talk.known["old"] = before = known_inputs(talk.row, old.goal)
        if talk.look() is None:
            raise ProviderError(f"{goal.urn}: {old.id} is gone; it was removed by something else")
        changed = talk.change(before)
        state = talk.settle()
        talk.confirm(changed)
        return state

    def delete(self, state: State) -> None:
        """Removes it and waits until it is gone; what is gone already is no error."""
        if recorded(state.goal.type) is not None or state.goal.external_id is not None:
            return
        talk = self._existing(state)
        if not talk.is_gone(talk.look()) and not talk.row.adopted:
            talk.remove()

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
        talk = self._existing(state)
        reading = talk.look()
        return None if talk.is_gone(reading) else reading

    def tags(self, state: State) -> dict[str, str] | None:
        """Tags that the cloud has for it; None where its type's tags cannot be listed."""
        return self._existing(state).tags()

    @cached_property
    def _line(self) -> Line:
        return Line(self._client, self.account_id, self.region, self._patience)

    def _row(self, goal: Goal) -> Row:
        try:
            return row(goal.type)
        except UnknownType as error:
            raise ProviderError(f"{goal.urn}: {error}") from None

    def _talk(self, goal: Goal, inputs: Values | None = None) -> Dialogue:
        found = self._row(goal)
        asked = goal if inputs is None else replace(goal, inputs=inputs)
        return Dialogue(self._line, found, goal, known_inputs(found, asked))

    def _existing(self, state: State) -> Dialogue:
        return self._talk(state.goal).about(state.id, state.outputs)
