"""Property paths, as in `ignore_changes`: `tags`, `tags.owner`, `rules[0].name`, `rules[*].name`, `tags["a.b"]`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PART = re.compile(r"""\.?(?P<name>[^.\[\]"]+)|\[(?P<index>\d+)\]|\[(?P<any>\*)\]|\["(?P<quoted>(?:[^"\\]|\\.)*)"\]""")
Part = str | int
_MISSING = object()


def parse(path: str) -> tuple[Part, ...]:
    """The parts of a path; `*` stands for every key or index. Raises ValueError."""
    parts: list[Part] = []
    position = 0
    while position < len(path):
        found = _PART.match(path, position)
        if found is None:
            raise ValueError(f"property path {path!r} is malformed at {path[position:]!r}")
        quoted = found["quoted"]
        if found["index"]:
            parts.append(int(found["index"]))
        elif quoted is not None:
            parts.append(re.sub(r"\\(.)", r"\1", quoted))
        else:
            parts.append(found["name"] or "*")
        position = found.end()
    return tuple(parts)


def restored(new: Mapping[str, Any], old: Mapping[str, Any], path: str) -> dict[str, Any]:
    """`new` with what lies at `path` as it is in `old`; absent there, it is absent in the result."""
    result = _restore(new, old, parse(path))
    return result if isinstance(result, dict) else dict(new)


def _restore(new: Any, old: Any, parts: Sequence[Part]) -> Any:
    if not parts:
        return old
    part, rest = parts[0], parts[1:]
    if isinstance(new, Mapping) or (isinstance(old, Mapping) and new is _MISSING):
        result = {} if new is _MISSING else dict(new)
        before = old if isinstance(old, Mapping) else {}
        for key in {**result, **before} if part == "*" else (part,):
            value = _restore(result.get(key, _MISSING), before.get(key, _MISSING), rest)
            if value is _MISSING:
                result.pop(key, None)
            else:
                result[key] = value
        return result or (_MISSING if new is _MISSING else result)
    if isinstance(new, list) and isinstance(old, list):
        chosen = range(min(len(new), len(old))) if part == "*" else (part,)
        items = list(new)
        for index in chosen:
            if isinstance(index, int) and index < min(len(new), len(old)):
                items[index] = _restore(new[index], old[index], rest)
        return items
    return new


def differs(new: Mapping[str, Any], old: Mapping[str, Any], path: str) -> bool:
    """Whether what lies at `path` is not the same in both."""
    parts = parse(path)
    return list(_at(new, parts)) != list(_at(old, parts))


def _at(value: Any, parts: Sequence[Part]) -> Iterator[tuple[tuple[Part, ...], Any]]:
    if not parts:
        yield (), value
        return
    part, rest = parts[0], parts[1:]
    if isinstance(value, Mapping):
        found = {key: value[key] for key in (sorted(value) if part == "*" else [part]) if key in value}
    elif isinstance(value, list):
        found = {i: item for i, item in enumerate(value) if part in ("*", i)}
    else:
        return
    for key, item in found.items():
        for inner, leaf in _at(item, rest):
            yield (key, *inner), leaf
