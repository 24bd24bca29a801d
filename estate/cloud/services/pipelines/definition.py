"""A pipeline's definition: what must hold of it before it is stored, and its steps."""

import json
from collections.abc import Iterator
from typing import Any

from estate.cloud.services.checks import invalid
from estate.cloud.services.pipelines import step_cache
from estate.cloud.services.pipelines.definition_checks import check
from estate.cloud.services.pipelines.definition_parts import Definition, Step, listed, references
from estate.cloud.services.pipelines.definition_shape import check_shape
from estate.cloud.services.pipelines.retries import policies
from estate.cloud.services.store import Records
from estate.cloud.services.wire import AwsError, Params

VERSION = "2020-12-01"
STEP_TYPES = frozenset({
    "Processing", "Training", "Tuning", "Transform", "Model", "RegisterModel", "Lambda", "Callback", "Condition",
    "Fail",
})  # fmt: skip
KNOWN_ELSEWHERE = frozenset({
    "QualityCheck", "ClarifyCheck", "EMR", "EMRServerless", "AutoML", "EndpointConfig", "Endpoint",
    "InferenceComponent", "Notebook", "NotebookJob", "ForEach", "Cleanup", "Lineage", "Job", "Athena", "HubContent",
})  # fmt: skip
PARAMETER_TYPES = frozenset({"String", "Integer", "Boolean", "Float"})
# What a Lambda or Callback step has beside its arguments.
BESIDE = {"Lambda": "FunctionArn", "Callback": "SqsQueueUrl"}
OUTPUT_TYPES = ("String", "Integer", "Float", "Boolean")


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
    given = content.get("Steps")
    if not isinstance(given, list) or not given:
        raise invalid("Unable to parse pipeline definition. Steps must be a list of at least one step")
    check_shape(content)
    parameters = {item["Name"]: item for item in _parameters(content)}
    steps: dict[str, Step] = {}
    for step in _steps(given, ()):
        if step.name in steps:
            raise invalid(f"Pipeline step names must be unique: {step.name}")
        steps[step.name] = step
    definition = Definition(parameters, steps)
    check(definition)
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


def _parameters(content: Params) -> Iterator[Params]:
    seen = set()
    for item in content.get("Parameters", []):
        name = item["Name"]
        if item["Type"] not in PARAMETER_TYPES:
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
    except (ValueError, KeyError, TypeError, OverflowError):
        raise invalid(f"Parameter [{name}] is of type {kind}; {value!r} is not") from None
    if not isinstance(value, str):
        raise invalid(f"Parameter [{name}] is of type String; {value!r} is not")
    return value


def _steps(given: Any, branch: tuple[tuple[str, bool], ...]) -> Iterator[Step]:
    for item in given:
        name, kind = item["Name"], item["Type"]
        if kind in KNOWN_ELSEWHERE:
            raise invalid(f"Step {name}: type {kind} is not supported offline; supported: {listed(STEP_TYPES)}")
        if kind not in STEP_TYPES:
            raise invalid(f"Step {name}: type {kind!r} is unknown; known: {listed(STEP_TYPES)}")
        arguments = item["Arguments"] or {}
        yield _step(item, name, kind, branch)
        if kind == "Condition":
            yield from _steps(arguments.get("IfSteps", []), (*branch, (name, True)))
            yield from _steps(arguments.get("ElseSteps", []), (*branch, (name, False)))


def _step(item: Params, name: str, kind: str, branch: tuple[tuple[str, bool], ...]) -> Step:
    arguments = {key: value for key, value in (item["Arguments"] or {}).items() if key not in ("IfSteps", "ElseSteps")}
    beside = _beside(item, name, kind)
    paths = [*references(arguments), *references(beside)]
    needs = {path.split(".")[1] for path in paths if path.startswith("Steps.") and path.count(".") >= 2}
    files = {file["PropertyFileName"]: {**file, "Step": name} for file in item.get("PropertyFiles", [])}
    if item.get("CacheConfig") is not None and kind not in step_cache.COUNTED:
        raise invalid(
            f"Step {name}: a {kind} step cannot have CacheConfig; those that can: {listed(step_cache.COUNTED)}"
        )
    return Step(
        name,
        kind,
        arguments,
        frozenset({*needs, *item.get("DependsOn", [])}),
        branch,
        files,
        item.get("DisplayName", ""),
        beside,
        policies(name, kind, item.get("RetryPolicies")),
        step_cache.age_s(name, item.get("CacheConfig")),
    )


def _beside(item: Params, name: str, kind: str) -> Params:
    """What a Lambda or Callback step calls, and what it is answered with."""
    if kind not in BESIDE:
        return {}
    member = BESIDE[kind]
    if not item.get(member):
        raise invalid(f"Step {name}: a {kind} step needs {member}")
    outputs = item.get("OutputParameters", [])
    for output in outputs:
        if not output.get("OutputName") or output.get("OutputType") not in OUTPUT_TYPES:
            raise invalid(
                f"Step {name}: OutputParameters: {output} needs an OutputName, and an OutputType of "
                f"{', '.join(OUTPUT_TYPES)}"
            )
    return {member: item[member], "OutputParameters": outputs}


def find(pipelines: Records, name: str, arn: str) -> Params:
    """A pipeline by name or ARN. Raises AwsError."""
    found = pipelines.get(name.rpartition("/")[2])
    if found is None:
        raise AwsError("ResourceNotFound", f"Pipeline '{arn}' does not exist.")
    return found
