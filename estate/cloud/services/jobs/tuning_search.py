"""The search of a tuning job: random, grid, or Bayesian, by Optuna's samplers.

SageMaker's Bayesian search models the objective with a Gaussian process; here it is Optuna's tree-structured Parzen
estimator. Both learn from the jobs that have ended; the values that they try differ.
"""

import itertools
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from estate.cloud.services.wire import Params

if TYPE_CHECKING:
    import optuna

Values = dict[str, str]
RANDOM_SHARE = 3  # the first third of a Bayesian search is random: there is nothing to learn from yet
MOST_RANDOM = 10
DEFAULT_JOBS = 10
LINEAR, LOGARITHMIC, REVERSE = "Linear", "Logarithmic", "ReverseLogarithmic"
WIDE = 1000.0  # a range over so many times its start is searched by magnitude where the scaling is left to AWS


class Search:
    """`ask` for what to try next, `tell` what came of it."""

    def __init__(self, config: Params) -> None:
        self._config = config
        self._ranges: Params = config["ParameterRanges"]
        self._objective = config["HyperParameterTuningJobObjective"]["Type"]
        self._grid = self._combinations() if config["Strategy"] == "Grid" else None
        self._study = None if self._grid is not None else self._new_study()
        self._count = 0

    @property
    def most(self) -> int:
        """How many jobs the search is to start."""
        limit = self._config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
        if limit is not None:
            return limit
        return grid_size(self._ranges) if self._grid is not None else DEFAULT_JOBS

    def ask(self) -> tuple[int, Values] | None:
        """A number for `tell`, and values as text; None where there is nothing left to try."""
        if self._grid is not None:
            found = next(self._grid, None)
            self._count += 1
            return None if found is None else (self._count - 1, found)
        assert self._study is not None
        trial = self._study.ask(self._distributions())
        return trial.number, {name: _text(self._shown(name, value)) for name, value in trial.params.items()}

    def tell(self, number: int, value: float | None) -> None:
        """`value` is None for a job that brought none."""
        if self._study is None:
            return
        from optuna.trial import TrialState

        if value is None:
            self._study.tell(number, state=TrialState.FAIL)
        else:
            self._study.tell(number, value)

    def _combinations(self) -> Iterator[Values]:
        listed = self._ranges.get("CategoricalParameterRanges", [])
        for values in itertools.product(*(item["Values"] for item in listed)):
            yield {item["Name"]: value for item, value in zip(listed, values, strict=True)}

    def _new_study(self) -> "optuna.Study":
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        seed = self._config.get("RandomSeed")
        if self._config["Strategy"] == "Random":
            sampler: optuna.samplers.BaseSampler = optuna.samplers.RandomSampler(seed)
        else:
            random = max(1, min(MOST_RANDOM, self.most // RANDOM_SHARE))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                # Jobs that run at the same time must not all try the same.
                sampler = optuna.samplers.TPESampler(
                    n_startup_trials=random, seed=seed, multivariate=True, constant_liar=True
                )
        direction = "maximize" if self._objective == "Maximize" else "minimize"
        return optuna.create_study(sampler=sampler, direction=direction)

    def _distributions(self) -> "dict[str, optuna.distributions.BaseDistribution]":
        from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

        found: dict[str, BaseDistribution] = {}
        for item in self._ranges.get("IntegerParameterRanges", []):
            low, high = int(item["MinValue"]), int(item["MaxValue"])
            found[item["Name"]] = IntDistribution(low, high, log=_scaling(item) == LOGARITHMIC)
        for item in self._ranges.get("ContinuousParameterRanges", []):
            low, high = float(item["MinValue"]), float(item["MaxValue"])
            if _scaling(item) == REVERSE:
                found[item["Name"]] = FloatDistribution(1 - high, 1 - low, log=True)
            else:
                found[item["Name"]] = FloatDistribution(low, high, log=_scaling(item) == LOGARITHMIC)
        for item in self._ranges.get("CategoricalParameterRanges", []):
            found[item["Name"]] = CategoricalDistribution(item["Values"])
        return found

    def _shown(self, name: str, value: float | int | str) -> float | int | str:
        """What a job is given: a value that was searched from the other end is turned round again."""
        for item in self._ranges.get("ContinuousParameterRanges", []):
            if item["Name"] == name and _scaling(item) == REVERSE:
                return 1 - float(value)
        return value


def grid_size(ranges: Params) -> int:
    size = 1
    for item in ranges.get("CategoricalParameterRanges", []):
        size *= len(item["Values"])
    return size


def _scaling(item: Params) -> str:
    scaling = item.get("ScalingType", "Auto")
    if scaling != "Auto":
        return scaling
    low, high = float(item["MinValue"]), float(item["MaxValue"])
    return LOGARITHMIC if low > 0 and high / low >= WIDE else LINEAR


def _text(value: float | int | str) -> str:
    return repr(value) if isinstance(value, float) else str(value)
