"""Which model a fault strikes: one of the environment, whatever its models are."""

from estate.rehearsal.context import Rehearsal
from estate.rehearsal.stage import require


def of_data(rehearsal: Rehearsal) -> str:
    """A model whose rows keep coming, or else the first."""
    growing = (name for name, story in rehearsal.stories.items() if story.workload.rehearsal.drifted is not None)
    require(bool(rehearsal.stories), "the environment has no model")
    return next(growing, next(iter(rehearsal.stories)))


def of_serving(rehearsal: Rehearsal) -> str:
    """The same among the models that are served."""
    served = {name for name, model in rehearsal.estate.settings.models.items() if model.release is not None}
    require(bool(served), "no model is served")
    first = of_data(rehearsal)
    return first if first in served else min(served)
