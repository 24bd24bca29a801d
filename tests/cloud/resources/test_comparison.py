"""What counts as kept by the cloud."""

from typing import Any

import pytest

from estate.cloud.comparison import holds
from estate.engine.resource import Asset


@pytest.mark.parametrize(
    ("live", "wanted"),
    [
        ({"Name": "a", "More": 1}, {"name": "a"}),
        ("true", True),
        ("30", 30),
        (1.0, 1),
        ('{"b": 1, "a": [2]}', '{"a":[2],"b":1}'),
        ([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}], {"b": "2"}),
        ([3, 2, 1], [1, 2]),
        ({"Status": "Enabled"}, {"VersioningConfiguration": {"Status": "Enabled"}}),
        ("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", Asset(b"abc", "")),
    ],
)
def test_it_is_kept(live: Any, wanted: Any) -> None:
    assert holds(live, wanted)


@pytest.mark.parametrize(
    ("live", "wanted"),
    [
        (None, "a"),
        ({}, {"name": "a"}),
        ({"Name": "b"}, {"name": "a"}),
        ("false", True),
        ("31", 30),
        ([1], [1, 2]),
        ([{"Key": "a", "Value": "1"}], {"a": "2"}),
        ({"Other": {"Status": "Enabled"}}, {"VersioningConfiguration": {"Status": "Enabled"}}),
        ("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", Asset(b"abd", "")),
    ],
)
def test_it_is_lost(live: Any, wanted: Any) -> None:
    assert not holds(live, wanted)
