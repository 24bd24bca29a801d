"""The shape of a pipeline's definition: members that must be there, and of which type they are."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from estate.cloud.services.checks import invalid

FUNCTIONS = ("Get", "Std:Join", "Std:JsonGet")


class Shape(BaseModel):
    """Other members may be there; texts are texts, and nothing is converted."""

    model_config = ConfigDict(extra="allow", strict=True)


class ParameterShape(Shape):
    Name: str = Field(min_length=1)
    Type: str
    EnumValues: list[str | int | float | bool] | None = None


class OutputShape(Shape):
    OutputName: str
    OutputType: str


class PropertyFileShape(Shape):
    PropertyFileName: str
    OutputName: str
    FilePath: str


class RetryShape(Shape):
    ExceptionType: list[str]


class ConditionShape(Shape):
    Type: str
    Expression: "ConditionShape | None" = None
    Conditions: "list[ConditionShape] | None" = None


class ConditionArguments(Shape):
    Conditions: list[ConditionShape]
    IfSteps: "list[StepShape]" = []
    ElseSteps: "list[StepShape]" = []


class StepShape(Shape):
    Name: str = Field(min_length=1)
    Type: str
    Arguments: dict[str, Any] | None
    DependsOn: list[str] = []
    PropertyFiles: list[PropertyFileShape] = []
    OutputParameters: list[OutputShape] = []
    RetryPolicies: list[RetryShape] = []
    CacheConfig: dict[str, Any] | None = None
    DisplayName: str = ""


class DefinitionShape(Shape):
    Parameters: list[ParameterShape] = []
    Steps: list[StepShape]


def check_shape(content: Any) -> None:
    """Raises AwsError (ValidationException) that says where the definition is malformed."""
    _checked(DefinitionShape, content, "")
    for step in content["Steps"]:
        _check_step(step)


def _checked(shape: type[Shape], content: Any, within: str) -> Any:
    try:
        shape.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise invalid(f"Unable to parse pipeline definition. {within}{place}: {first['msg']}") from None
    return content


def _check_step(step: Any) -> None:
    name = step["Name"]
    if step["Type"] == "Condition":
        arguments = _checked(ConditionArguments, step["Arguments"], f"Step {name}: Arguments.")
        for inner in (*arguments.get("IfSteps", []), *arguments.get("ElseSteps", [])):
            _check_step(inner)
    _check_functions(name, step)


def _check_functions(step: str, value: Any) -> None:
    """References, joins and readings of JSON, wherever they stand."""
    if isinstance(value, list):
        for item in value:
            _check_functions(step, item)
        return
    if not isinstance(value, dict):
        return
    if len(value) == 1 and (name := next(iter(value))) in FUNCTIONS and not _is_whole(name, value[name]):
        raise invalid(f"Step {step}: {name} is malformed: {value}")
    for item in value.values():
        _check_functions(step, item)


def _is_whole(name: str, given: Any) -> bool:
    if name == "Get":
        return isinstance(given, str)
    if not isinstance(given, dict):
        return False
    if name == "Std:Join":
        return isinstance(given.get("On", ""), str) and isinstance(given.get("Values"), list)
    file = given.get("PropertyFile")
    named = isinstance(file, dict) and isinstance(file.get("Get"), str) and file["Get"].count(".") == 3
    return isinstance(given.get("Path"), str) and (named or "S3Uri" in given)
