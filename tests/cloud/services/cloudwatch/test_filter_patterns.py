"""Filter patterns of CloudWatch Logs, without a cloud."""

import pytest

from estate.cloud.services.cloudwatch.filter_patterns import FilterError, read, value_at

EVENT = '{"level": "ERROR", "latency": 12.5, "user": {"id": "u-7"}, "tags": ["a", "b"], "gone": null, "ok": false}'
LINE = '127.0.0.1 - frank [10/Oct/2000:13:25:15] "GET /x HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "message", "matched"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR here", True),
        ("ERROR", "an error here", False),
        ("ERROR timeout", "timeout: ERROR", True),
        ("ERROR timeout", "ERROR", False),
        ('"Task timed out"', "x Task timed out after 3 s", True),
        ("?ERROR ?WARN", "a WARN", True),
        ("ERROR -EXITING", "ERROR EXITING", False),
        ("%4\\d\\d%", "status 404", True),
        ('{ $.level = "ERROR" }', EVENT, True),
        ('{ $.level = "ERR*" && $.latency > 10 }', EVENT, True),
        ('{ $.level = "INFO" || ($.latency <= 12.5 && $.user.id = "u-*") }', EVENT, True),
        ("{ $.latency = 1.25e1 }", EVENT, True),
        ("{ $.gone IS NULL }", EVENT, True),
        ("{ $.ok IS FALSE }", EVENT, True),
        ("{ $.nothing NOT EXISTS }", EVENT, True),
        ('{ $.tags[1] = "b" }', EVENT, True),
        ('{ $.level != "ERROR" }', EVENT, False),
        ('{ $.nothing != "x" }', EVENT, False),
        ("{ $.level = ERROR }", "no json", False),
        ("[ip, id, user, time, request, status=4*, size]", LINE, True),
        ("[ip, id, user, time, request, status=404, size>2000]", LINE, False),
        ("[..., status=404 || status=500, size]", LINE, True),
        ("[ip, status]", LINE, False),
    ],
)
def test_patterns(pattern: str, message: str, matched: bool) -> None:
    assert (read(pattern)(message) is not None) is matched


def test_fields_can_be_named() -> None:
    fields = read("[ip, ..., status, size]")(LINE)
    assert fields is not None
    assert (value_at(fields, "$ip"), value_at(fields, "$size")) == ("127.0.0.1", "1534")
    found = read("{ $.latency > 0 }")(EVENT)
    assert found is not None
    assert (value_at(found, "$.latency"), value_at(found, "$.user.id"), value_at(found, "$.x")) == (12.5, "u-7", None)


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.a }", "{ a = 1 }", "{ $.a = 1 && }", "{ ($.a = 1 }", "{ $.a IS 3 }", "{ $.a > x }", "{ $.a ~ 1 }",
        "[..., a, ...]", "[a, , b]", "%(%", "a[b", "x" * 1025,
    ],
)  # fmt: skip
def test_a_wrong_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(FilterError):
        read(pattern)
