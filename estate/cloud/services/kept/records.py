"""What is kept of a resource, and how it goes into a record and out into an answer's shape."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from estate.cloud.services.account import PARTITION, Account, now, token
from estate.cloud.services.kept.kind import Kind
from estate.cloud.services.wire import Params

TAGS = frozenset({"tags", "resourcetags", "taglist"})  # as requests and answers call tags, in small letters
TIMES = frozenset({
    "created", "creationdate", "creationtimestamp", "lastmodified", "lastmodifiedtimestamp", "lastupdateddate",
    "lastupdatedtime",
})  # fmt: skip
PAIRS = (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"))


@dataclass
class Record:
    values: Params
    tags: dict[str, str] = field(default_factory=dict)
    created: datetime = field(default_factory=now)
    updated: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.updated = self.created


def taken_in(kind: Kind, params: Params) -> tuple[Params, dict[str, str] | None]:
    """A request's members under the record's names, and its tags; None where it gives none."""
    values: Params = {}
    tags: dict[str, str] | None = None
    for name, value in params.items():
        if value is None:
            continue
        if name in kind.wraps and isinstance(value, dict):
            inner, more = taken_in(kind, value)
            values.update(inner)
            tags = more if more is not None else tags
        elif name.lower() in TAGS and kind.arn:
            tags = as_map(value)
        else:
            own = kind.names.get(name, name)
            values[own] = kind.plain[own](value) if own in kind.plain else value
    return values, tags


def filled(kind: Kind, account: Account, values: Params, number: int) -> Params:
    """The record of a new resource: what was given over the defaults, and what AWS makes over that.

    `number` is how many there are of it beside those above it, this one included.
    """
    known = merged(kind.defaults, values)
    for name, template in kind.made.items():
        known[name] = template(known, number) if callable(template) else _fill(template, known, account)
    return known


def _fill(template: Any, known: Params, account: Account) -> Any:
    if isinstance(template, Mapping):
        return {key: _fill(item, known, account) for key, item in template.items()}
    if isinstance(template, list | tuple):
        return [_fill(item, known, account) for item in template]
    return template.format_map(_Known(known, account)) if isinstance(template, str) else template


class _Known(dict[str, Any]):
    """What a template may mention; each mention of a random one is another one."""

    def __init__(self, known: Params, account: Account) -> None:
        super().__init__(known)
        self |= {"account": account.account_id, "region": account.region, "partition": PARTITION}

    def __missing__(self, name: str) -> str:
        if name == "uuid":
            return str(uuid.uuid4())
        if name.startswith("hex") and name[3:].isdecimal():
            return token(int(name[3:]))
        raise KeyError(f"{name} of a template is neither a member of the record nor known otherwise")


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Params:
    """`over` on top of `under`, structure by structure."""
    found = dict(under)
    for name, value in over.items():
        below = found.get(name)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        found[name] = merged(below, value) if both else value
    return found


def shown(kind: Kind, record: Record, shape: Shape | None) -> Params:
    """The members of an answer's structure that the record has."""
    answer: Params = {}
    for name, inner in shape.members.items() if isinstance(shape, StructureShape) else ():
        value = _value(kind, record, name, inner)
        if value is not None:
            answer[name] = value
    return answer


def _value(kind: Kind, record: Record, name: str, shape: Shape) -> Any:
    own = kind.names.get(name, name)
    if name in kind.shown:
        return kind.shown[name]({**record.values, "_created": record.created, "_updated": record.updated})
    if name.lower() in TAGS and kind.arn:
        return as_shape(record.tags, shape)
    if own in record.values:
        value = record.values[own]
        listed = isinstance(shape, ListShape | MapShape | StructureShape)
        return value if listed is isinstance(value, list | dict) else None
    if name in kind.wraps and isinstance(shape, StructureShape):
        return shown(kind, record, shape)
    if shape.type_name == "timestamp" or name.lower() in TIMES:
        moment = record.created if re.match("creat|start", name.lower()) else record.updated
        return _moment(moment, shape)
    return None


def _moment(moment: datetime, shape: Shape) -> Any:
    """Most services answer times as such, some as text, and CloudWatch Logs as milliseconds."""
    if shape.type_name == "timestamp":
        return moment
    text = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    return text if shape.type_name == "string" else int(moment.timestamp() * 1000)


def as_map(tags: Any) -> dict[str, str]:
    """Tags as a mapping, whichever way a request gives them."""
    if isinstance(tags, Mapping):
        return dict(tags)
    lowered = [{key.lower().removeprefix("tag"): value for key, value in tag.items()} for tag in tags]
    return {tag["key"]: tag.get("value", "") for tag in lowered}


def as_shape(tags: Mapping[str, str], shape: Shape) -> Any:
    """Tags as an answer's shape has them: a map, or a list of pairs."""
    if isinstance(shape, ListShape) and isinstance(shape.member, StructureShape):
        key, value = next(pair for pair in PAIRS if pair[0] in shape.member.members)
        return [{key: name, value: tags[name]} for name in sorted(tags)]
    return dict(tags)
