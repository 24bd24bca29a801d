"""A run in which nothing exists and nothing is made: every output that is not an input is unknown."""

from estate.engine.outcome import Outcome
from estate.engine.resource import UNKNOWN, Goal, Secret, Values
from estate.engine.result import Step
from estate.engine.values import unwrap


class Preview:
    """Decides as Pulumi's preview of an empty stack does."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._outcomes: dict[str, Outcome] = {}

    def register(self, goal: Goal) -> Outcome:
        self.steps.append(Step("create", goal.urn, goal.type, goal.name))
        return self._noted(goal, Outcome("", _echo(goal)))

    def read(self, goal: Goal) -> Outcome:
        self.steps.append(Step("read", goal.urn, goal.type, goal.name))
        return self._noted(goal, Outcome(goal.external_id or "", _echo(goal)))

    def _noted(self, goal: Goal, outcome: Outcome) -> Outcome:
        self._outcomes[goal.urn] = outcome
        return outcome

    def component_outputs(self, urn: str, outputs: Values) -> None:
        self._outcomes[urn] = Outcome("", outputs)

    def invoke(self, token: str, args: Values) -> Values | None:
        return None

    def known(self, urn: str) -> Outcome | None:
        return self._outcomes.get(urn)


def _echo(goal: Goal) -> Values:
    """The output for a property that was given as input is the input."""
    secret = {key: Secret(unwrap(goal.inputs.get(key, UNKNOWN))) for key in goal.additional_secret_outputs}
    return {**goal.inputs, **secret}
