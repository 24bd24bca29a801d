"""The rules of composite alarms: which states of which alarms make one, read and computed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
TOKEN = re.compile(r'\s*(?:(?P<mark>[(),])|"(?P<quoted>[^"]*)"|(?P<word>[^\s(),"]+))')
DEEPEST = 50


class RuleError(Exception):
    """A rule that cannot be read."""


@dataclass(frozen=True)
class Is:
    """True where the alarm is in the state."""

    state: str
    alarm: str


@dataclass(frozen=True)
class Constant:
    value: bool


@dataclass(frozen=True)
class Not:
    part: "Rule"


@dataclass(frozen=True)
class Joined:
    """All of the parts, or any of them."""

    parts: tuple["Rule", ...]
    every: bool


@dataclass(frozen=True)
class AtLeast:
    """So many of the alarms, or so many per cent of them, are in the state, or with `negated` are not."""

    count: float
    percent: bool
    state: str
    negated: bool
    alarms: tuple[str, ...]


Rule = Is | Constant | Not | Joined | AtLeast


def read(text: str) -> Rule:
    """Raises RuleError."""
    reader = _Reader(text)
    rule = reader.either()
    if reader.next is not None:
        raise RuleError(f"unexpected {reader.next!r}")
    return rule


def children(rule: Rule) -> tuple[str, ...]:
    """Names of the alarms that a rule looks at, each once."""
    match rule:
        case Is(alarm=alarm):
            found: Sequence[str] = (alarm,)
        case Not(part=part):
            found = children(part)
        case Joined(parts=parts):
            found = [name for part in parts for name in children(part)]
        case AtLeast(alarms=alarms):
            found = alarms
        case _:
            found = ()
    return tuple(dict.fromkeys(found))


def holds(rule: Rule, states: Mapping[str, str]) -> bool:
    """`states` by alarm; one that is gone is in no state."""
    match rule:
        case Is(state=state, alarm=alarm):
            return states.get(alarm) == state
        case Constant(value=value):
            return value
        case Not(part=part):
            return not holds(part, states)
        case Joined(parts=parts, every=every):
            return (all if every else any)(holds(part, states) for part in parts)
    found = sum((states.get(alarm) == rule.state) != rule.negated for alarm in rule.alarms)
    return found >= (rule.count * len(rule.alarms) / 100 if rule.percent else rule.count)


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, bool]] = []
        at, text = 0, text.rstrip()
        while at < len(text):
            match = TOKEN.match(text, at)
            if match is None:
                raise RuleError(f"unexpected {text[at:][:10]!r}")
            quoted = match["quoted"]
            self._tokens.append((quoted, True) if quoted is not None else (match["mark"] or match["word"], False))
            at = match.end()
        self._at = 0
        self._depth = 0

    @property
    def next(self) -> str | None:
        """The next word or mark; None at the end."""
        return self._tokens[self._at][0] if self._at < len(self._tokens) else None

    def either(self) -> Rule:
        self._depth += 1
        if self._depth > DEEPEST:
            raise RuleError("the rule is nested too deeply")
        parts = [self._both()]
        while self.next == "OR":
            self._at += 1
            parts.append(self._both())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Joined(tuple(parts), every=False)

    def _both(self) -> Rule:
        parts = [self._negated()]
        while self.next == "AND":
            self._at += 1
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else Joined(tuple(parts), every=True)

    def _negated(self) -> Rule:
        if self.next == "NOT":
            self._at += 1
            return Not(self._negated())
        word = self._take()
        if word == "(":
            rule = self.either()
            self._expect(")")
            return rule
        if word in ("TRUE", "FALSE"):
            return Constant(word == "TRUE")
        self._expect("(")
        if word == "AT_LEAST":
            rule = self._at_least()
        elif word in STATES:
            rule = Is(word, _name(self._take()))
        else:
            raise RuleError(f"{word!r} is none of {', '.join(STATES)}, AT_LEAST, TRUE, FALSE")
        self._expect(")")
        return rule

    def _at_least(self) -> AtLeast:
        amount = self._take()
        percent = amount.endswith("%")
        if not amount.rstrip("%").isdigit() or int(amount.rstrip("%")) < 1:
            raise RuleError(f"AT_LEAST takes a number or a percentage, not {amount!r}")
        self._expect(",")
        word = self._take()
        negated = word == "NOT"
        state = self._take() if negated else word
        if state not in STATES:
            raise RuleError(f"AT_LEAST takes a state, not {state!r}")
        self._expect(",")
        self._expect("(")
        alarms = [_name(self._take())]
        while self.next == ",":
            self._at += 1
            alarms.append(_name(self._take()))
        self._expect(")")
        return AtLeast(float(amount.rstrip("%")), percent, state, negated, tuple(alarms))

    def _take(self) -> str:
        if self.next is None:
            raise RuleError("the rule ends too early")
        word = self._tokens[self._at][0]
        self._at += 1
        return word

    def _expect(self, mark: str) -> None:
        found = self._take()
        if found != mark:
            raise RuleError(f"expected {mark!r}, found {found!r}")


def _name(word: str) -> str:
    """Of an alarm that is named, or given by its ARN."""
    if word in ("(", ")", ","):
        raise RuleError(f"expected the name of an alarm, found {word!r}")
    return word.split(":alarm:", 1)[1] if word.startswith("arn:") and ":alarm:" in word else word
