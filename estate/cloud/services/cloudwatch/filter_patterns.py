"""CloudWatch Logs' filter patterns: terms, JSON selectors and space-delimited fields, read and matched.

`read` gives a matcher: it takes a log message and answers the fields that a metric may name (`$.latency`, `$status`),
or None where the message does not match.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Fields = Mapping[str, Any]
Matcher = Callable[[str], Fields | None]
Test = Callable[[Any], bool]
LONGEST = 1024
TERM = re.compile(r'(?P<sign>[?-]?)(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]+)%|(?P<plain>[\w./:@#$+-]+))')
TOKEN = re.compile(
    r'\s*(?:(?P<mark>&&|\|\||<=|>=|!=|=|<|>|\(|\))|"(?P<quoted>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]+)%|(?P<word>[^\s()&|=<>!"]+))'
)
DELIMITED = re.compile(r'\[(?P<bracket>[^\]]*)\]|"(?P<quoted>[^"]*)"|(?P<plain>\S+)')
FIELD = re.compile(r"\.([\w-]+)|\['([^']+)'\]|\[(\d+)\]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_GONE = object()


class FilterError(Exception):
    """A pattern that CloudWatch Logs does not take."""


def read(text: str) -> Matcher:
    """Raises FilterError."""
    if len(text) > LONGEST:
        raise FilterError(f"longer than {LONGEST} characters")
    text = text.strip()
    if text.startswith("{") and text.endswith("}"):
        return _json(text[1:-1])
    if text.startswith("[") and text.endswith("]"):
        return _delimited(text[1:-1])
    return _terms(text)


def _terms(text: str) -> Matcher:
    """All plain terms must be there, one of those with `?`, none of those with `-`; nothing asks for nothing."""
    wanted: dict[str, list[Callable[[str], bool]]] = {"": [], "?": [], "-": []}
    for part in _split(text):
        match = TERM.fullmatch(part)
        if match is None:
            raise FilterError(f"invalid character(s) in term {part!r}")
        wanted[match["sign"]].append(_contains(match))
    every, some, none = wanted[""], wanted["?"], wanted["-"]

    def matcher(message: str) -> Fields | None:
        # Beside a plain term, CloudWatch leaves the optional ones out.
        found = all(has(message) for has in every) and (bool(every) or not some or any(has(message) for has in some))
        return {} if found and not any(has(message) for has in none) else None

    return matcher


def _split(text: str) -> list[str]:
    return re.findall(r'[?-]?"(?:[^"\\]|\\.)*"|[?-]?%[^%]+%|\S+', text)


def _contains(match: re.Match[str]) -> Callable[[str], bool]:
    if match["regex"] is not None:
        pattern = _regex(match["regex"])
        return lambda message: pattern.search(message) is not None
    text = match["plain"] if match["plain"] is not None else _plain(match["quoted"])
    return lambda message: text in message


def _regex(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error:
        raise FilterError(f"invalid regular expression {text!r}") from None


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)


class _Conditions:
    """Reads comparisons joined by `&&`, `||` and parentheses, over fields that `named` looks up."""

    def __init__(self, text: str, fields: re.Pattern[str]) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._fields = fields
        at, text = 0, text.rstrip()
        while at < len(text):
            match = TOKEN.match(text, at)
            if match is None or match.end() == at:
                raise FilterError(f"unexpected {text[at:][:10]!r}")
            kind = str(match.lastgroup)
            self._tokens.append((kind, match[kind]))
            at = match.end()
        self._at = 0

    def read(self) -> Test:
        found = self._either()
        if self._peek() is not None:
            raise FilterError(f"unexpected {self._tokens[self._at][1]!r}")
        return found

    def _peek(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def _take(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise FilterError("the pattern ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _either(self) -> Test:
        parts = [self._both()]
        while self._peek() == "||":
            self._at += 1
            parts.append(self._both())
        return lambda found: any(part(found) for part in parts)

    def _both(self) -> Test:
        parts = [self._one()]
        while self._peek() == "&&":
            self._at += 1
            parts.append(self._one())
        return lambda found: all(part(found) for part in parts)

    def _one(self) -> Test:
        kind, word = self._take()
        if word == "(" and kind == "mark":
            found = self._either()
            if self._take()[1] != ")":
                raise FilterError("a parenthesis is not closed")
            return found
        if kind != "word" or not self._fields.fullmatch(word):
            raise FilterError(f"{word!r} is no field")
        test = self._test()
        return lambda found: test(_at(found, word))

    def _test(self) -> Test:
        _, sign = self._take()
        if sign == "IS":
            _, word = self._take()
            if word not in ("NULL", "TRUE", "FALSE"):
                raise FilterError(f"IS takes NULL, TRUE or FALSE, not {word!r}")
            constant = {"NULL": None, "TRUE": True, "FALSE": False}[word]
            return lambda value: value is constant
        if sign == "NOT":
            if self._take()[1] != "EXISTS":
                raise FilterError("expected EXISTS after NOT")
            return lambda value: value is _GONE
        kind, wanted = self._take()
        return _comparison(sign, kind, wanted)


def _comparison(sign: str, kind: str, wanted: str) -> Test:
    if sign not in ("=", "!=", "<", "<=", ">", ">="):
        raise FilterError(f"unknown operator {sign!r}")
    if sign in ("=", "!="):
        equal = _equality(kind, wanted)
        if sign == "=":
            return lambda value: value is not _GONE and equal(value)
        return lambda value: value is not _GONE and not equal(value)
    if kind != "word" or not NUMBER.fullmatch(wanted):
        raise FilterError(f"{sign} takes a number, not {wanted!r}")
    limit = float(wanted)
    compare: Callable[[float], bool] = {
        "<": lambda number: number < limit,
        "<=": lambda number: number <= limit,
        ">": lambda number: number > limit,
        ">=": lambda number: number >= limit,
    }[sign]

    def test(value: Any) -> bool:
        number = as_number(value)
        return number is not None and compare(number)

    return test


def _equality(kind: str, wanted: str) -> Test:
    if kind == "regex":
        pattern = _regex(wanted)
        return lambda value: isinstance(value, str) and pattern.search(value) is not None
    if kind == "word" and NUMBER.fullmatch(wanted):
        number = float(wanted)
        return lambda value: as_number(value) == number
    text = _plain(wanted) if kind == "quoted" else wanted
    pattern = re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def as_number(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return float(value) if isinstance(value, str) and NUMBER.fullmatch(value) else None


def _json(text: str) -> Matcher:
    test = _Conditions(text, re.compile(r"\$([.\[].*)?")).read()

    def matcher(message: str) -> Fields | None:
        try:
            found = json.loads(message)
        except ValueError:
            return None
        return found if isinstance(found, dict) and test(found) else None

    return matcher


def _delimited(text: str) -> Matcher:
    """[name, name = condition, ..., name]: each field of a message in its place; `...` stands for any number."""
    parts = [part.strip() for part in text.split(",")]
    if "" in parts or parts.count("...") > 1:
        raise FilterError("a field has no name, or there is more than one ...")
    names, tests = [], []
    for part in parts:
        match = re.match(r"\(*\s*(\w+)", part)
        if part != "..." and match is None:
            raise FilterError(f"{part!r} is no field")
        names.append(match[1] if match is not None else part)
        if match is not None and part != match[1]:
            tests.append(_Conditions(part, re.compile(r"\w+")).read())

    def matcher(message: str) -> Fields | None:
        values = [match[str(match.lastgroup)] for match in DELIMITED.finditer(message)]
        if "..." in names:
            gap, lacking = names.index("..."), len(values) - len(names) + 1
            if lacking < 0:
                return None
            filled = [*names[:gap], *[f"${number}" for number in range(lacking)], *names[gap + 1 :]]
        else:
            filled = names
        if len(filled) != len(values):
            return None
        found = dict(zip(filled, values, strict=True))
        return found if all(test(found) for test in tests) else None

    return matcher


def value_at(fields: Fields, selector: str) -> Any:
    """What `$.a.b` or `$name` stands for; None where there is nothing."""
    found = _at(fields, selector if selector.startswith(("$.", "$[")) else selector.removeprefix("$"))
    return None if found is _GONE else found


def _at(fields: Any, selector: str) -> Any:
    if not selector.startswith("$"):
        return fields.get(selector, _GONE)
    found = fields
    for name, quoted, index in FIELD.findall(selector[1:]):
        if isinstance(found, dict) and not index:
            found = found.get(name or quoted, _GONE)
        elif isinstance(found, list) and index and int(index) < len(found):
            found = found[int(index)]
        else:
            return _GONE
    return found
