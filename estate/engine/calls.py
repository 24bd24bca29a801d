"""Calls of a provider that an interrupt lets end, so that what they made is known."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Self, TypeVar

from estate.engine.provider import Provider, ProviderError
from estate.engine.resource import Goal, Secret, State, Values
from estate.engine.result import ProgramError
from estate.engine.sdk import PROVIDER, provider_inputs
from estate.engine.values import marked, unwrap

T = TypeVar("T")


class Calls:
    """A provider as the engine sees it: goals and states with secrets wrapped, errors with the resource's URN.

    A call runs on a thread of its own. Where an interrupt arrives meanwhile, the call ends first; the interrupt is
    raised by `resume`, when the caller has noted what was made. A second interrupt is raised at once.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="provider")
        self._interrupt: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def resume(self) -> None:
        """Raises the interrupt that arrived during the last call."""
        if self._interrupt is not None:
            raise self._interrupt

    def configure(self, goal: Goal) -> None:
        self._run(goal.urn, "configured", lambda: self._provider.configure(replace(goal, inputs=provider_inputs(goal))))

    def create(self, goal: Goal) -> State:
        return _sealed(goal, self._run(goal.urn, "created", lambda: self._provider.create(_opened(goal))))

    def read(self, goal: Goal) -> State:
        return _sealed(goal, self._run(goal.urn, "read", lambda: self._provider.read(_opened(goal))))

    def update(self, old: State, goal: Goal) -> State:
        before = _opened_state(old)
        return _sealed(goal, self._run(goal.urn, "updated", lambda: self._provider.update(before, _opened(goal))))

    def delete(self, state: State) -> None:
        self._run(state.goal.urn, "deleted", lambda: self._provider.delete(_opened_state(state)))

    def replaces(self, type: str) -> frozenset[str]:
        return frozenset() if type.startswith(PROVIDER) else self._provider.replaces(type)

    def replaces_in_place(self, goal: Goal) -> bool:
        return self._provider.replaces_in_place(_opened(goal))

    def invoke(self, token: str, args: Values) -> Values:
        return self._run(token, "answered", lambda: self._provider.invoke(token, args))

    def _run(self, what: str, done: str, call: Callable[[], T]) -> T:
        future = self._thread.submit(call)
        try:
            try:
                return future.result()
            except (KeyboardInterrupt, SystemExit) as interrupt:
                result = future.result()
                self._interrupt = interrupt
                return result
        except ProviderError as error:
            raise ProgramError(f"{what} could not be {done}: {error}") from error
        except Exception as error:
            raise ProgramError(f"{what} could not be {done}: {type(error).__name__}: {error}") from error


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
