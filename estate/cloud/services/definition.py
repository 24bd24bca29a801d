"""A pipeline's definition: what must hold of it before it is stored, and its steps."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from estate.cloud.services.checks import invalid
from estate.cloud.services.store import Records
from estate.cloud.services.wire import AwsError, Params

VERSION = "2020-12-01"
STEP_TYPES = frozenset({"Processing", "Training", "RegisterModel", "Condition", "Fail"})
KNOWN_ELSEWHERE = frozenset({
    "Model", "Tuning", "Transform", "Callback", "Lambda", "QualityCheck", "ClarifyCheck", "EMR", "EMRServerless",
    "AutoML", "EndpointConfig", "Endpoint", "InferenceComponent", "Notebook",
})  # fmt: skip
PARAMETER_TYPES = frozenset({"String", "Integer", "Boolean", "Float"})
EXECUTION = frozenset({
    "PipelineArn", "PipelineName", "PipelineExecutionArn", "PipelineExecutionId", "StartDateTime", "CurrentDateTime",
    "TrainingJobName", "ProcessingJobName",
})  # fmt: skip
COMPARISONS = frozenset({"Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"})


@dataclass(frozen=True)
class Step:
    """A step, with the conditions' branches that lead to it: (condition's name, outcome), outermost first."""

    name: str
    type: str
    arguments: Mapping[str, Any]
    needs: frozenset[str]  # DependsOn and implicit references
    branch: tuple[tuple[str, bool], ...] = ()
    property_files: Mapping[str, Params] = field(default_factory=dict)
    display_name: str = ""


@dataclass(frozen=True)
class Definition:
    parameters: Mapping[str, Params]
    steps: Mapping[str, Step]


def parse(text: str) -> Definition:
    """Raises AwsError (ValidationException) that names the step and what is wrong with it."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise invalid(f"Unable to parse pipeline definition. Invalid JSON: {error}") from None
    if not isinstance(content, dict):
        raise invalid("Unable to parse pipeline definition. It must be a JSON object")
    if content.get("Version") != VERSION:
        raise invalid(
            f"Unable to parse pipeline definition. Version {content.get('Version')!r} is not supported; "
            f"supported: {VERSION}"
        )
    parameters = {item["Name"]: item for item in _parameters(content)}
    listed = content.get("Steps")
    if not isinstance(listed, list) or not listed:
        raise invalid("Unable to parse pipeline definition. Steps must be a list of at least one step")
    steps: dict[str, Step] = {}
    for step in _steps(listed, ()):
        if step.name in steps:
            raise invalid(f"Pipeline step names must be unique: {step.name}")
        steps[step.name] = step
    definition = Definition(parameters, steps)
    for step in steps.values():
        _check_references(definition, step)
    _check_order(steps)
    return definition


def values_of_parameters(definition: Definition, given: list[Params]) -> dict[str, Any]:
    """Every parameter's value, typed. Raises AwsError for unknown, missing and mistyped ones."""
    values = {}
    texts = {item["Name"]: item["Value"] for item in given}
    unknown = sorted(set(texts) - set(definition.parameters))
    if unknown:
        raise invalid(f"Unknown parameters [{', '.join(unknown)}] were given; the pipeline does not define them")
    for name, parameter in definition.parameters.items():
        if name in texts:
            values[name] = _typed(parameter, texts[name])
        elif "DefaultValue" in parameter:
            values[name] = _typed(parameter, parameter["DefaultValue"])
        else:
            raise invalid(f"Parameter [{name}] has no default value and must be given")
        allowed = parameter.get("EnumValues")
        if allowed and values[name] not in allowed:
            raise invalid(f"Parameter [{name}] must be one of [{', '.join(map(str, allowed))}], not {values[name]!r}")
    return values


def references(value: Any) -> Iterator[str]:
    """Paths of every `Get` in a value."""
    if isinstance(value, dict):
        if set(value) == {"Get"}:
            yield value["Get"]
            return
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def _parameters(content: Params) -> Iterator[Params]:
    seen = set()
    for item in content.get("Parameters", []):
        name = item.get("Name") if isinstance(item, dict) else None
        if not name or item.get("Type") not in PARAMETER_TYPES:
            raise invalid(
                f"Unable to parse pipeline definition. Parameter {name!r} needs a Type of "
                f"{', '.join(sorted(PARAMETER_TYPES))}"
            )
        if name in seen:
            raise invalid(f"Pipeline parameter names must be unique: {name}")
        seen.add(name)
        if "DefaultValue" in item:
            _typed(item, item["DefaultValue"])
        yield item


def _typed(parameter: Params, value: Any) -> Any:
    kind, name = parameter["Type"], parameter["Name"]
    try:
        if kind == "Integer":
            return int(value)
        if kind == "Float":
            return float(value)
        if kind == "Boolean":
            return {"true": True, "false": False}[str(value).lower()]
    except (ValueError, KeyError, TypeError):
        raise invalid(f"Parameter [{name}] is of type {kind}; {value!r} is not") from None
    if not isinstance(value, str):
        raise invalid(f"Parameter [{name}] is of type String; {value!r} is not")
    return value


def _steps(listed: Any, branch: tuple[tuple[str, bool], ...]) -> Iterator[Step]:
    for item in listed:
        name, kind = item.get("Name"), item.get("Type")
        if not isinstance(name, str) or not name:
            raise invalid("Unable to parse pipeline definition. Every step needs a Name")
        if kind in KNOWN_ELSEWHERE:
            raise invalid(f"Step {name}: type {kind} is not supported offline; supported: {_listed(STEP_TYPES)}")
        if kind not in STEP_TYPES:
            raise invalid(f"Step {name}: type {kind!r} is unknown; known: {_listed(STEP_TYPES)}")
        arguments = item.get("Arguments")
        if not isinstance(arguments, dict):
            raise invalid(f"Step {name}: Arguments must be an object")
        own = {key: value for key, value in arguments.items() if key not in ("IfSteps", "ElseSteps")}
        if kind == "Condition":
            for condition in own.get("Conditions", []):
                _check_condition(name, condition)
        needs = {path.split(".")[1] for path in references(own) if path.startswith("Steps.") and path.count(".") >= 2}
        files = {
            file["PropertyFileName"]: {**file, "Step": name}
            for file in item.get("PropertyFiles", [])
            if isinstance(file, dict)
        }
        yield Step(
            name,
            kind,
            own,
            frozenset({*needs, *item.get("DependsOn", [])}),
            branch,
            files,
            item.get("DisplayName", ""),
        )
        if kind == "Condition":
            yield from _steps(arguments.get("IfSteps", []), (*branch, (name, True)))
            yield from _steps(arguments.get("ElseSteps", []), (*branch, (name, False)))


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
        if member not in condition:
            raise invalid(f"Step {step}: condition {kind} needs {member}")
    inner = condition["Conditions"] if kind == "Or" else [condition["Expression"]] if kind == "Not" else []
    for item in inner:
        _check_condition(step, item)


def _check_references(definition: Definition, step: Step) -> None:
    for path in references(step.arguments):
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


def find(pipelines: Records, name: str, arn: str) -> Params:
    """A pipeline by name or ARN. Raises AwsError."""
    found = pipelines.get(name.rpartition("/")[2])
    if found is None:
        raise AwsError("ResourceNotFound", f"Pipeline '{arn}' does not exist.")
    return found


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
