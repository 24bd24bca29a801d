"""Several kept resources at once: what a listing asks for, its pages, and what it answers."""

import base64
from typing import Any

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from estate.cloud.services.kept.kind import Kind
from estate.cloud.services.kept.records import Record, shown
from estate.cloud.services.wire import AwsError, Params

TOKENS = frozenset({"nexttoken", "nextpagetoken", "marker"})
SIZES = frozenset({"maxresults", "maxrecords", "limit", "pagesize", "maxitems"})
ORDERS = frozenset({"sortby", "sortorder"})
PAGE = 100


def wanted(kind: Kind, found: OperationModel, values: Params) -> Params:
    """What a listing asks for, without its page and its order. Raises AwsError for what is not known here."""
    own = {*kind.filters, *kind.identity, *(above.member for above in kind.above)}
    asked = {name: value for name, value in values.items() if name.lower() not in TOKENS | SIZES | ORDERS}
    for name, value in asked.items():
        if name not in own and value not in ("", [], {}):
            raise AwsError("NotImplemented", f"not emulated: {found.name} by {name}", 501)
    return {name: value for name, value in asked.items() if value not in ("", [], {})}


def unknown(kind: Kind, found: OperationModel, asked: Params, records: list[Record]) -> str | None:
    """A name that is asked for and that nothing has, where the operation can say so."""
    if kind.codes.unknown not in [shape.name for shape in found.error_shapes]:
        return None
    for name, value in asked.items():
        own = kind.filters.get(name)
        if own in kind.identity:
            there = [each.values.get(own) for each in records]
            for one in value if isinstance(value, list) else [value]:
                if one not in there:
                    return str(one)
    return None


def answered(kind: Kind, found: OperationModel, params: Params, asked: Params, records: list[Record]) -> Params:
    """One page of the records that meet what is asked, in the order in which they come."""
    kept = [
        each
        for each in records
        if all(_meets(name, each.values.get(kind.filters.get(name, name)), value) for name, value in asked.items())
    ]
    start, size = _place(params)
    answer: Params = {}
    for name, shape in found.output_shape.members.items() if found.output_shape is not None else ():
        if isinstance(shape, ListShape) and name.endswith("NotFound"):
            there = [each.values.get(kind.identity[-1]) for each in kept]
            names = [item for value in asked.values() if isinstance(value, list) for item in value]
            answer[name] = [item for item in names if item not in there]
        elif isinstance(shape, ListShape):
            answer[name] = [item(kind, each, shape.member) for each in kept[start : start + size]]
        elif name.lower() in TOKENS and start + size < len(kept):
            answer[name] = base64.b64encode(str(start + size).encode()).decode()
    return answer


def item(kind: Kind, record: Record, shape: Shape) -> Any:
    """A record as one item of a list: its members, or its name where the list holds plain texts."""
    if isinstance(shape, StructureShape):
        return shown(kind, record, shape)
    return record.values[kind.listed or kind.identity[-1]]


def _meets(name: str, has: Any, value: Any) -> bool:
    """Whether what a record has is what a listing asks for: one of several, part of a name, or the value itself."""
    if isinstance(value, list):
        return has in value
    if isinstance(has, list):
        return value in has
    if name.lower().endswith("contains"):
        return str(value).lower() in str(has).lower()
    return has == value


def _place(params: Params) -> tuple[int, int]:
    """Where a page starts and how long it is."""
    lowered = {name.lower(): value for name, value in params.items()}
    token = next((lowered[name] for name in sorted(TOKENS) if lowered.get(name)), None)
    size = next((lowered[name] for name in sorted(SIZES) if lowered.get(name)), PAGE)
    try:
        return (int(base64.b64decode(token, validate=True)) if token is not None else 0), int(size)
    except ValueError:
        raise AwsError("ValidationException", "The token of the next page is not valid.") from None
