"""Calls of a provider that an interrupt lets end, so that what they made is known."""

from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import TypeVar

from estate.engine.provider import Provider, ProviderError
from estate.engine.resource import Goal, Secret, State, Values
from estate.engine.result import ProgramError
from estate.engine.sdk import PROVIDER, provider_inputs
from estate.engine.signals import Signals
from estate.engine.values import marked, unwrap

T = TypeVar("T")


class Calls(Signals):
    """A provider as the engine sees it: goals and states with secrets wrapped, errors that say which resource.

    Where a signal arrives during a call, the call ends first; what the process does at that signal is done by `resume`,
    when the caller has noted what was made. A second signal is not kept waiting.
    """

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self._provider = provider
        self._busy = False
        self._arrived: int | None = None

    def receive(self, number: int, frame: FrameType | None) -> None:
        if self._busy and self._arrived is None:
            self._arrived = number
        else:
            self.handle(number, frame)

    def resume(self) -> None:
        """Ends the last call: now does what a signal asked for meanwhile."""
        self._busy = False
        if self._arrived is not None:
            number, self._arrived = self._arrived, None
            self.handle(number, None)

    def configure(self, goal: Goal) -> None:
        self._on(goal, "configured", lambda: self._provider.configure(replace(goal, inputs=provider_inputs(goal))))

    def create(self, goal: Goal) -> State:
        return _sealed(goal, self._on(goal, "created", lambda: self._provider.create(_opened(goal))))

    def read(self, goal: Goal) -> State:
        return _sealed(goal, self._on(goal, "read", lambda: self._provider.read(_opened(goal))))

    def update(self, old: State, goal: Goal) -> State:
        before = _opened_state(old)
        return _sealed(goal, self._on(goal, "updated", lambda: self._provider.update(before, _opened(goal))))

    def delete(self, state: State) -> None:
        self._on(state.goal, "deleted", lambda: self._provider.delete(_opened_state(state)))

    def replaces(self, type: str) -> frozenset[str]:
        return frozenset() if type.startswith(PROVIDER) else self._provider.replaces(type)

    def must_replace(self, goal: Goal, old: Goal) -> bool:
        return not goal.type.startswith(PROVIDER) and self._provider.must_replace(_opened(goal), _opened(old))

    def replaces_in_place(self, goal: Goal, old: Goal) -> bool:
        return self._provider.replaces_in_place(_opened(goal), _opened(old))

    def invoke(self, token: str, args: Values) -> Values:
        return self._run(lambda: self._provider.invoke(token, args), f"{token} could not be answered", token)

    def _on(self, goal: Goal, done: str, call: Callable[[], T]) -> T:
        return self._run(call, f"{goal.type} {goal.name} could not be {done}", goal.urn, f" ({goal.urn})")

    def _run(self, call: Callable[[], T], failure: str, said: str, where: str = "") -> T:
        """`said` is how the provider's own message may start; it is not said twice."""
        self._busy = True
        try:
            return call()
        except Exception as error:
            self.resume()
            reason = str(error) if isinstance(error, ProviderError) else f"{type(error).__name__}: {error}"
            raise ProgramError(f"{failure}: {reason.removeprefix(f'{said}: ')}{where}") from error


def _opened(goal: Goal) -> Goal:
    return replace(goal, inputs=unwrap(goal.inputs))


def _opened_state(state: State) -> State:
    return State(_opened(state.goal), state.id, unwrap(state.outputs))


def _sealed(goal: Goal, made: State) -> State:
    """The state with the engine's own goal, and every output secret that is or comes from a secret."""
    outputs = {key: marked(value, goal.inputs.get(key)) for key, value in made.outputs.items()}
    return State(goal, made.id, sealed(goal, outputs))


def sealed(goal: Goal, outputs: Values) -> Values:
    """The outputs with those wrapped that the program declares secret."""
    secret = {key: Secret(unwrap(outputs[key])) for key in goal.additional_secret_outputs if key in outputs}
    return {**outputs, **secret}
