"""Selective execution: only some steps run, and results of an earlier execution stand for what they need."""

from collections.abc import Mapping
from dataclasses import replace

from estate.cloud.services.checks import invalid
from estate.cloud.services.pipelines.definition_parts import Definition
from estate.cloud.services.pipelines.execution import Execution
from estate.cloud.services.pipelines.step_runs import StepRun
from estate.cloud.services.wire import Params


def chosen(
    definition: Definition, selection: Params | None, source: Execution | None
) -> tuple[frozenset[str] | None, Mapping[str, StepRun]]:
    """The steps that run, None for all, and the results that stand for others. Raises AwsError."""
    if selection is None:
        return None, {}
    selected = frozenset(item["StepName"] for item in selection["SelectedSteps"])
    unknown = sorted(selected - definition.steps.keys())
    if unknown:
        raise invalid(f"SelectiveExecutionConfig: the pipeline has no steps [{', '.join(unknown)}]")
    reused: dict[str, StepRun] = {}
    for name in sorted(selected):
        step = definition.steps[name]
        for needed in sorted({*step.needs, *(condition for condition, _ in step.branch)} - selected):
            run = source.steps.get(needed) if source is not None else None
            if source is None or run is None or run.status != "Succeeded":
                raise invalid(
                    f"SelectiveExecutionConfig: step {name} needs {needed}, which is not selected and did not succeed "
                    "in a source execution"
                )
            reused[needed] = replace(run, reused_from=source.arn)
    return selected, reused
