"""What a program made in an emulated AWS, of which one test module looks at its own types."""

from collections import defaultdict
from collections.abc import Mapping, Set
from typing import Any

from estate.cloud.coverage import read_back
from estate.cloud.provider import CloudProvider
from estate.cloud.resources.table import row
from estate.engine.resource import State
from estate.engine.result import Result


class Made:
    """By logical name; `mine` are beginnings of the types that are looked at."""

    def __init__(self, provider: CloudProvider, result: Result, mine: tuple[str, ...]) -> None:
        self.provider = provider
        self.mine = mine
        self.goals = [goal for goal in result.goals if goal.type.startswith(mine)]
        self.states: dict[str, State] = {
            goal.name: result.made(goal.name) for goal in result.goals if goal.custom and goal.type.startswith("aws:")
        }

    def reading(self, name: str) -> Mapping[str, Any]:
        return self.provider.reading(self.states[name]) or {}

    def lost(self) -> dict[str, Set[str]]:
        """Inputs other than tags that cannot be read back, by type."""
        lost: dict[str, set[str]] = defaultdict(set)
        for goal in self.goals:
            lost[goal.type] |= read_back(self.provider, self.states[goal.name]).lost - {"tags"}
        return {type: keys for type, keys in lost.items() if keys}

    def removed(self) -> set[str]:
        """Removes what is looked at, the last first; gives the names of what is there all the same.

        What a cloud keeps when it is deleted is left out.
        """
        for state in reversed(list(self.states.values())):
            if state.goal.type.startswith(self.mine):
                self.provider.delete(state)
        return {
            goal.name
            for goal in self.goals
            if not row(goal.type).lasting and self.provider.reading(self.states[goal.name])
        }
