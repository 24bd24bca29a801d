"""What must hold between the steps of a pipeline's definition: references, conditions, order."""

import re
from collections.abc import Mapping

from estate.cloud.services.checks import invalid
from estate.cloud.services.pipelines.definition_parts import Definition, Step, references
from estate.cloud.services.wire import Params

EXECUTION = frozenset({
    "PipelineArn", "PipelineName", "PipelineExecutionArn", "PipelineExecutionId", "StartDateTime", "CurrentDateTime",
    "TrainingJobName", "ProcessingJobName",
})  # fmt: skip
OUTPUT = re.compile(r"OutputParameters\[['\"](?P<name>[^'\"]+)['\"]\]")
COMPARISONS = frozenset({"Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"})


def check(definition: Definition) -> None:
    """Raises AwsError (ValidationException) that names the step."""
    for step in definition.steps.values():
        if step.type == "Condition":
            for condition in step.arguments.get("Conditions", []):
                _check_condition(step.name, condition)
        _check_references(definition, step)
    _check_order(definition.steps)


def _check_condition(step: str, condition: Params) -> None:
    kind = condition.get("Type")
    members = {
        "In": ("QueryValue", "Values"),
        "Not": ("Expression",),
        "Or": ("Conditions",),
        **dict.fromkeys(COMPARISONS, ("LeftValue", "RightValue")),
    }.get(str(kind))
    if members is None:
        raise invalid(f"Step {step}: condition type {kind!r} is unknown")
    for member in members:
        if member not in condition or (member in ("Expression", "Conditions") and not condition[member]):
            raise invalid(f"Step {step}: condition {kind} needs {member}")
    inner = condition["Conditions"] if kind == "Or" else [condition["Expression"]] if kind == "Not" else []
    for item in inner:
        _check_condition(step, item)


def _check_references(definition: Definition, step: Step) -> None:
    for path in (*references(step.arguments), *references(step.own)):
        root, _, rest = path.partition(".")
        if root == "Parameters":
            if rest not in definition.parameters:
                raise invalid(f"Step {step.name}: refers to parameter {rest!r}, which the pipeline does not define")
        elif root == "Execution":
            if rest not in EXECUTION:
                raise invalid(f"Step {step.name}: refers to unknown execution variable {rest!r}")
        elif root == "Steps":
            _check_step_reference(definition, step, rest)
        else:
            raise invalid(f"Step {step.name}: {path!r} is not a reference")
    for name in step.needs:
        if name not in definition.steps:
            raise invalid(f"Step {step.name}: depends on step {name!r}, which the pipeline does not define")


def _check_step_reference(definition: Definition, step: Step, rest: str) -> None:
    name, _, path = rest.partition(".")
    target = definition.steps.get(name)
    if target is None:
        raise invalid(f"Step {step.name}: refers to step {name!r}, which the pipeline does not define")
    if path.startswith("PropertyFiles."):
        file = path.partition(".")[2]
        if file not in target.property_files:
            raise invalid(f"Step {step.name}: step {name} has no property file {file!r}")
    elif target.type in ("Condition", "Fail"):
        raise invalid(f"Step {step.name}: a {target.type} step such as {name} has no properties")
    elif target.type in ("Lambda", "Callback"):
        output = OUTPUT.fullmatch(path)
        if output is None or output["name"] not in [item["OutputName"] for item in target.own["OutputParameters"]]:
            raise invalid(f"Step {step.name}: step {name} has no {path}; its outputs are declared in OutputParameters")


def _check_order(steps: Mapping[str, Step]) -> None:
    """No step waits, over others, for itself."""
    done: set[str] = set()
    while len(done) < len(steps):
        ready = {
            step.name
            for step in steps.values()
            if step.name not in done and step.needs <= done and all(condition in done for condition, _ in step.branch)
        }
        if not ready:
            circle = ", ".join(sorted(set(steps) - done))
            raise invalid(f"The pipeline's steps wait for each other in a circle: {circle}")
        done |= ready
