"""Who turns a goal into something that exists. The engine decides what happens; a provider does it."""

from typing import Protocol

from estate.engine.resource import Goal, State, Values


class ProviderError(Exception):
    """A resource could not be created, read, changed or deleted. Says which, and what was answered."""


class Provider(Protocol):
    """All methods take inputs with default tags applied, unwrapped of secrets, and (but for `preview`) known.

    Outputs have Pulumi's property names. Methods raise ProviderError.
    """

    def configure(self, goal: Goal) -> None:
        """Called for each `pulumi:providers:*` resource before anything that uses it; refuses a wrong account."""

    def create(self, goal: Goal) -> State: ...

    def read(self, goal: Goal) -> State:
        """The existing resource `goal.external_id`."""

    def update(self, old: State, goal: Goal) -> State: ...

    def delete(self, state: State) -> None: ...

    def replaces(self, type: str) -> frozenset[str]:
        """Names of the top-level inputs of which a change forces a replacement."""

    def must_replace(self, goal: Goal, old: Goal) -> bool:
        """Whether what differs inside an input cannot change in place, though the input as such can."""

    def replaces_in_place(self, goal: Goal, old: Goal | None = None) -> bool:
        """Whether the old one must go before the new one comes: its physical name is given and unchanged."""

    def invoke(self, token: str, args: Values) -> Values:
        """Answers a data source."""
