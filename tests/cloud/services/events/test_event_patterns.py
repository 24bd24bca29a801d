"""Event patterns, without a cloud."""

import json
from typing import Any

import pytest

from estate.cloud.services.events.event_patterns import PatternError, matches, read

EVENT = {
    "source": "aws.sagemaker",
    "account": "123456789012",
    "detail": {
        "state": "Failed",
        "count": 300,
        "ratio": 0.5,
        "flag": True,
        "nothing": None,
        "empty": "",
        "ip": "10.0.0.7",
        "tags": ["red", "Blue"],
        "items": [{"kind": "a", "n": 1}, {"kind": "b", "n": 2}],
        "path": "logs/2026/model.txt",
    },
}


@pytest.mark.parametrize(
    ("wanted", "matched"),
    [
        ({"state": ["Failed", "Stopped"]}, True),
        ({"state": ["failed"]}, False),
        ({"count": [300.0]}, True),
        ({"flag": [1]}, False),
        ({"flag": [True]}, True),
        ({"nothing": [None]}, True),
        ({"empty": [""]}, True),
        ({"tags": ["red"]}, True),
        ({"state": [{"prefix": "Fa"}]}, True),
        ({"state": [{"prefix": {"equals-ignore-case": "fA"}}]}, True),
        ({"path": [{"suffix": ".txt"}]}, True),
        ({"path": [{"suffix": {"equals-ignore-case": ".TXT"}}]}, True),
        ({"state": [{"equals-ignore-case": "FAILED"}]}, True),
        ({"path": [{"wildcard": "logs/*/model.*"}]}, True),
        ({"path": [{"wildcard": "logs/*.csv"}]}, False),
        ({"state": [{"anything-but": "Stopped"}]}, True),
        ({"state": [{"anything-but": ["Failed", "Stopped"]}]}, False),
        ({"gone": [{"anything-but": "Stopped"}]}, False),
        ({"state": [{"anything-but": {"prefix": "Fa"}}]}, False),
        ({"state": [{"anything-but": {"suffix": ["ed", "ing"]}}]}, False),
        ({"state": [{"anything-but": {"equals-ignore-case": ["stopped"]}}]}, True),
        ({"path": [{"anything-but": {"wildcard": "*/2025/*"}}]}, True),
        ({"tags": [{"anything-but": "red"}]}, True),
        ({"count": [{"numeric": [">", 0, "<=", 300]}]}, True),
        ({"ratio": [{"numeric": ["=", 0.5]}]}, True),
        ({"state": [{"numeric": [">", 0]}]}, False),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, True),
        ({"ip": [{"cidr": "10.0.1.0/24"}]}, False),
        ({"state": [{"exists": True}]}, True),
        ({"gone": [{"exists": False}]}, True),
        ({"gone": [{"exists": True}]}, False),
        ({"items": {"kind": ["b"]}}, True),
        ({"items": {"kind": ["c"]}}, False),
        ({"$or": [{"state": ["Stopped"]}, {"count": [{"numeric": [">", 100]}]}]}, True),
        ({"flag": [True], "$or": [{"state": ["Stopped"]}, {"count": [1]}]}, False),
        ({"gone": {"deep": [{"exists": False}]}}, True),
    ],
)
def test_operators(wanted: dict[str, Any], matched: bool) -> None:
    assert matches(read(json.dumps({"detail": wanted})), EVENT) is matched


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no", "Filter is not valid JSON"),
        ("[]", "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"source": "aws.s3"}', '"source" must be an object or an array'),
        ('{"source": []}', "Empty arrays are not allowed"),
        ('{"source": [["a"]]}', "Match value must be String"),
        ('{"source": [{"like": "a"}]}', "Unrecognized match type like"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed"),
        ('{"source": [{"prefix": 3}]}', "prefix match pattern must be a string"),
        ('{"source": [{"exists": "yes"}]}', "exists match pattern must be either true or false"),
        ('{"source": [{"numeric": ["~", 3]}]}', "Unrecognized numeric range operator"),
        ('{"source": [{"numeric": [">", 3, "<", 1]}]}', "Bottom must be less than top"),
        ('{"source": [{"cidr": "10"}]}', "Malformed CIDR"),
        ('{"source": [{"anything-but": {"numeric": 3}}]}', "Unsupported anything-but pattern"),
        ('{"source": [{"wildcard": "a**"}]}', "Consecutive wildcard characters"),
        ('{"$or": [{"source": ["a"]}]}', "at least 2 Objects"),
        ('{"source": ["' + "x" * 2048 + '"]}', "longer than 2048"),
    ],
)
def test_a_wrong_pattern_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PatternError) as found:
        read(text)
    assert reason in str(found.value)
