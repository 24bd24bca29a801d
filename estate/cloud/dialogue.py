"""One resource's talk with the cloud: the steps of its row, said through boto3."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from estate.cloud.answers import as_text, pairs, pauses, said, status_of
from estate.cloud.models import input_shape
from estate.cloud.resources.emptying import NotEmpty
from estate.cloud.resources.fit import UnmappedInput
from estate.cloud.resources.requests import is_local, requests, surroundings
from estate.cloud.resources.row import Call, Row, Step, Tagging, Values
from estate.cloud.resources.tagging import tagging
from estate.cloud.resources.template import Unfilled, fill, search
from estate.engine.provider import ProviderError
from estate.engine.resource import Goal, State


@dataclass(frozen=True)
class Line:
    """The way to one account and region. `patience` is how many seconds a status may take."""

    client: Callable[[str], Any]
    account_id: str
    region: str
    patience: float

    def send(self, call: Call, urn: str, unless: Sequence[str] = ()) -> dict[str, Any]:
        """The answer; an empty one for an error among `unless`. Raises ProviderError."""
        answer = self.ask(call, urn, unless)
        return {} if answer is None else answer

    def ask(self, call: Call, urn: str, unless: Sequence[str] = ()) -> dict[str, Any] | None:
        """The answer; None for an error among `unless`. Raises ProviderError."""
        method = getattr(self.client(call.service), xform_name(call.operation))
        try:
            answer = method(**call.params)
        except ClientError as error:
            if error.response["Error"]["Code"] in unless:
                return None
            raise ProviderError(f"{urn}: {call.service} {call.operation}: {said(error)}") from error
        except BotoCoreError as error:
            raise ProviderError(f"{urn}: {call.service} {call.operation}: {error}") from error
        answer.pop("ResponseMetadata", None)
        return answer


@dataclass
class Dialogue:
    """`inputs` are the goal's with the provider's defaults, `known` is what templates may ask for."""

    line: Line
    row: Row
    goal: Goal
    inputs: dict[str, Any]
    known: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.known = surroundings(
            self.line.account_id,
            self.line.region,
            **{"in": self.inputs, "old": {}, "made": {}, "out": {}, "read": {}, "id": None},
        )

    def about(self, id: str, outputs: Values) -> "Dialogue":
        """The same, of a resource that exists."""
        self.known |= {"id": id, "out": outputs}
        return self

    def calls(self, step: Step, *, again: bool = False) -> Iterator[Call]:
        try:
            yield from requests(self.row, step, self.inputs, self.known, again=again)
        except UnmappedInput as error:
            raise ProviderError(f"{self.goal.urn}: {error}") from None
        except Unfilled as error:
            raise ProviderError(f"{self.goal.urn}: {step.operation} needs {error}, which is not known") from None

    def filled(self, template: Any) -> Any:
        try:
            return fill(template, self.known)
        except Unfilled as error:
            raise ProviderError(f"{self.goal.urn}: the cloud did not say {error}") from None

    def send(self, call: Call, unless: Sequence[str] = ()) -> dict[str, Any]:
        return self.line.send(call, self.goal.urn, unless)

    def look(self) -> dict[str, Any] | None:
        """Reads it, and keeps the reading among what is known; None where it does not exist."""
        reading: dict[str, Any] = {}
        for number, step in enumerate(self.row.read):
            self.known["read"] = reading
            answer = self._answer(step)
            if answer is None and number == 0:
                return None
            if answer is None:
                continue
            if step.into is not None:
                reading[step.into] = answer
            else:
                reading.update(answer)
        self.known["read"] = reading
        return reading

    def _answer(self, step: Step) -> Any:
        for call in self.calls(step):
            answer = self.line.ask(call, self.goal.urn, (*self.row.gone, *step.missing))
            return None if answer is None else search(self.filled(step.at), answer)
        return None

    def is_gone(self, reading: Values | None) -> bool:
        """Whether there is nothing, or what AWS deletes later."""
        end = self.row.gone_when
        return reading is None or (end is not None and status_of(end, reading) in end.until)

    def follow(self) -> None:
        for step in self.row.follow:
            for call in self.calls(step):
                self.send(call, unless=("InvalidPermission.NotFound",))

    def settle(self) -> State:
        """Waits for the status that means ready, and reads."""
        wait, id = self.row.wait, self.known["id"]
        waiting = pauses(self.line.patience)
        while True:
            reading = self.look()
            if reading is None:
                raise ProviderError(f"{self.goal.urn}: {id} was created, and cannot be read back")
            status = None if wait is None else status_of(wait, reading)
            if wait is None or status is None or status in wait.until:
                return self.state()
            if status in wait.failed:
                reason = search(wait.reason, reading)
                raise ProviderError(f"{self.goal.urn}: {id} is {status}: {reason or 'no reason given'}")
            if next(waiting, None) is None:
                raise ProviderError(f"{self.goal.urn}: {id} is still {status} after {self.line.patience:g} s")

    def state(self) -> State:
        """What it is by now, as Pulumi keeps it."""
        self.known["out"] = {}
        outputs = {key: as_text(self.filled(template)) for key, template in self.row.outputs.items()}
        given = {key: value for key, value in self.inputs.items() if key != "region"}
        tags = {"tagsAll": self.inputs.get("tags") or {}} if self.row.tags or tagging(self.row) else {}
        everything = {**given, **tags, "region": self.line.region, **outputs}
        kept = {key: value for key, value in everything.items() if value is not None}
        return State(self.goal, self.known["id"], {**kept, "id": self.known["id"]})

    def change(self, before: Values) -> set[str]:
        """Changes what differs from `before`, call by call; gives back which inputs those were."""
        changed = {
            key
            for key in {*before, *self.inputs}
            if before.get(key) != self.inputs.get(key) and not is_local(self.row, key)
        }
        left = changed - self._changed_by_steps(changed)
        if "tags" in left:
            self._retag(before.get("tags") or {}, self.inputs.get("tags") or {})
            left -= {"tags"}
        if left:
            raise ProviderError(
                f"{self.goal.urn}: {', '.join(sorted(left))} of {self.goal.type} cannot be changed in place"
            )
        return changed

    def _changed_by_steps(self, changed: set[str]) -> set[str]:
        done: set[str] = set()
        for step in (*self.row.update, *self.row.follow):
            concerned = {key for key in changed if step.takes and key in step.takes}
            if step in self.row.follow:
                concerned -= done
            stated = concerned if step.whole else {key for key in concerned if self.inputs.get(key) is not None}
            if not stated or (step.when is not None and not step.when(self.inputs)):
                continue
            for call in self.calls(step, again=True):
                self.known["made"] = self.send(call)
            done |= stated
        return done

    def _retag(self, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        way = tagging(self.row)
        if way is None:
            raise ProviderError(f"{self.goal.urn}: tags of {self.goal.type} cannot be changed")
        removed = sorted(key for key in before if key not in after)
        if removed:
            self._untag(way, removed)
        if after:
            step = Step(way.add, ("tags",), way.target, {"tags": way.tags} if way.tags != "tags" else {})
            tagged = replace(self, row=replace(self.row, tags=None), inputs={"tags": after})
            tagged.known = self.known
            for call in tagged.calls(step):
                self.send(call)

    def _untag(self, way: Tagging, removed: Sequence[str]) -> None:
        listed = input_shape(self.row.service, way.remove).members[way.keys]
        keys: list[Any] = list(removed)
        if listed.type_name == "list" and listed.member.type_name == "structure":
            keys = [{"Key": key} for key in removed]
        self.send(Call(self.row.service, way.remove, {**self.filled(way.target), way.keys: keys}))

    def tags(self) -> dict[str, str] | None:
        """Tags that the cloud has for it; None where its type's tags cannot be listed."""
        way = tagging(self.row)
        if way is None or way.listing is None:
            return None
        answer = self.send(Call(self.row.service, way.listing, fill(way.listed or way.target, self.known)))
        return pairs(search(way.at, answer) or {})

    def confirm(self, changed: set[str]) -> None:
        """Raises ProviderError where the cloud has taken a change back."""
        for key, path in self.row.confirm.items():
            live = search(path, self.known["read"])
            if key in changed and live != self.inputs.get(key):
                reason = search(self.row.wait.reason, self.known["read"]) if self.row.wait else None
                raise ProviderError(
                    f"{self.goal.urn}: {key} was to become {self.inputs.get(key)}, and is {live}: rolled back"
                    f" ({reason or 'no reason given'})"
                )

    def remove(self) -> None:
        """Removes it, and waits until it is gone."""
        try:
            if self.row.clear is not None:
                self.row.clear(self.line.client, self.known)
        except NotEmpty as error:
            raise ProviderError(f"{self.goal.urn}: {error}") from None
        except ClientError as error:
            raise ProviderError(f"{self.goal.urn}: {said(error)}") from error
        sent = [self.send(call, self.row.gone) for step in self.row.delete for call in self.calls(step)]
        if sent and not self.row.lasting:
            self._await_end()

    def _await_end(self) -> None:
        for _ in pauses(self.line.patience):
            if self.is_gone(self.look()):
                return
        raise ProviderError(
            f"{self.goal.urn}: {self.known['id']} still exists {self.line.patience:g} s after its deletion"
        )

    def take_back(self) -> None:
        """Removes what a failed creation left; the failure is what is told, so another one here is passed over."""
        try:
            for step in () if self.row.adopted else self.row.delete:
                for call in self.calls(step):
                    self.send(call)
        except ProviderError:
            return
