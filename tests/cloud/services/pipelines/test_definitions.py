"""A pipeline's definition, read: whatever is malformed is refused by name, and never a fault of ours."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from estate.cloud.services.pipelines.definition import parse
from estate.cloud.services.wire import AwsError

CONDITION = {
    "Type": "Not",
    "Expression": {
        "Type": "Or",
        "Conditions": [
            {"Type": "In", "QueryValue": {"Get": "Steps.Ask.OutputParameters['a']"}, "Values": ["x"]},
            {
                "Type": "Equals",
                "LeftValue": {
                    "Std:JsonGet": {"PropertyFile": {"Get": "Steps.Rows.PropertyFiles.facts"}, "Path": "a.b"}
                },
                "RightValue": 1,
            },
        ],
    },
}
WHOLE: dict[str, Any] = {
    "Version": "2020-12-01",
    "Metadata": {},
    "Parameters": [
        {"Name": "Rate", "Type": "Float", "DefaultValue": 0.5},
        {"Name": "Mode", "Type": "String", "EnumValues": ["a"]},
    ],
    "Steps": [
        {
            "Name": "Rows",
            "Type": "Processing",
            "Arguments": {
                "Rate": {"Get": "Parameters.Rate"},
                "Text": {"Std:Join": {"On": "", "Values": ["a", {"Get": "Parameters.Mode"}]}},
            },
            "PropertyFiles": [{"PropertyFileName": "facts", "OutputName": "out", "FilePath": "facts.json"}],
            "CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"},
            "RetryPolicies": [
                {"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 2, "IntervalSeconds": 1, "BackoffRate": 2}
            ],
        },
        {
            "Name": "Ask",
            "Type": "Lambda",
            "Arguments": None,
            "FunctionArn": "arn",
            "OutputParameters": [{"OutputName": "a", "OutputType": "String"}],
            "DependsOn": ["Rows"],
        },
        {
            "Name": "Gate",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [CONDITION],
                "IfSteps": [{"Name": "No", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}],
                "ElseSteps": [],
            },
        },
    ],
}
JUNK: tuple[Any, ...] = (None, 1, -1.5, True, "x", "", [], {}, [1], [[]], {"Get": 1}, {"Get": "Steps"}, {"Std:Join": 1})

LEFT_OUT = object()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a definition."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def test_the_whole_definition_is_read() -> None:
    steps = parse(json.dumps(WHOLE)).steps
    assert {name: sorted(step.needs) for name, step in steps.items()} == {
        "Rows": [],
        "Ask": ["Rows"],
        "Gate": ["Ask", "Rows"],
        "No": [],
    }
    assert steps["No"].branch == (("Gate", True),)
    assert (steps["Rows"].cache_s, len(steps["Rows"].retries)) == (86400.0, 1)


def changed(path: tuple[Any, ...], junk: Any) -> str:
    """The definition with `junk` in one place; `LEFT_OUT` leaves it out."""
    content = copy.deepcopy(WHOLE)
    at: Any = content
    for key in path[:-1]:
        at = at[key]
    if junk is LEFT_OUT:
        del at[path[-1]]
    else:
        at[path[-1]] = junk
    return json.dumps(content)


def refusal(text: str) -> str | None:
    """The code of the error that a definition is refused with."""
    try:
        parse(text)
    except AwsError as error:
        return error.code
    return None


@pytest.mark.parametrize("junk", [*JUNK, LEFT_OUT], ids=lambda junk: "left out" if junk is LEFT_OUT else repr(junk))
def test_junk_anywhere_is_refused_or_read_and_breaks_nothing(junk: Any) -> None:
    codes = [refusal(changed(path, junk)) for path in places(WHOLE)]
    assert set(codes) == {None, "ValidationException"}
    assert codes.count("ValidationException") > 15


@pytest.mark.parametrize(
    ("path", "junk", "message"),
    [
        (("Steps", 0, "Name"), 3, "Steps.0.Name: Input should be a valid string"),
        (("Steps", 0, "DependsOn"), "Ask", "Steps.0.DependsOn: Input should be a valid list"),
        (("Steps", 2, "Arguments", "IfSteps"), ["No"], "Step Gate: Arguments.IfSteps.0: Input should be"),
        (("Steps", 0, "Arguments", "Rate"), {"Get": 1}, "Step Rows: Get is malformed: {'Get': 1}"),
        (("Steps", 0, "Arguments", "Text"), {"Std:Join": {}}, "Step Rows: Std:Join is malformed"),
        (("Parameters", 0, "Type"), "Number", "Parameter 'Rate' needs a Type of Boolean, Float, Integer, String"),
    ],
)
def test_a_message_says_where(path: tuple[Any, ...], junk: Any, message: str) -> None:
    with pytest.raises(AwsError) as error:
        parse(changed(path, junk))
    assert message in error.value.message
