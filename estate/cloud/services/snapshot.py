"""What the emulated AWS holds, read from its backends and not from anybody's records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from moto.core.base_backend import BackendDict, BaseBackend

# Attributes of moto's backends that reading or merely being called fills, or that say nothing of what exists. EC2's
# tags lie beside their resources, and outlive them.
NOISE = frozenset({
    "_paged_results", "_pagination_tokens", "access_keys", "account_id", "calls", "credential_report", "events",
    "initial_no_auth_action_count", "instances_tracked", "launch_template_insert_order", "next_token",
    "opt_out_numbers", "paged_responses", "partition", "region_name", "regions", "sent_messages", "tagger",
    "tagging_service", "tags", "threads", "url_module",
})  # fmt: skip
DEPTH = 3


@dataclass(frozen=True)
class Snapshot:
    """Ids of everything that exists: service -> kind -> ids. A child's id is `<parent>/<kind>/<id>`."""

    content: Mapping[str, Mapping[str, frozenset[str]]]

    def difference(self, other: "Snapshot") -> list[str]:
        """What `other` has that this has not, and the reverse marked `(gone)`: sorted lines `service: kind: id`.

        Children of something new are not listed beside it.
        """
        mine, theirs = set(self._entries()), set(other._entries())
        lines = [f"{service}: {kind}: {id}" for service, kind, id in _topmost(theirs - mine)]
        return sorted(lines + [f"{service}: {kind}: {id} (gone)" for service, kind, id in _topmost(mine - theirs)])

    def _entries(self) -> Iterator[tuple[str, str, str]]:
        for service, kinds in self.content.items():
            for kind, ids in kinds.items():
                for id in ids:
                    yield service, kind, id


def _topmost(entries: set[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Without the children of another entry: a child's kind and id begin with its parent's."""
    return [entry for entry in entries if not _has_parent(*entry, entries)]


def _has_parent(service: str, kind: str, id: str, entries: set[tuple[str, str, str]]) -> bool:
    while "." in kind:
        kind, _, attribute = kind.rpartition(".")
        id = id.rpartition(f"/{attribute}/")[0]
        if (service, kind, id) in entries:
            return True
    return False


def take(account_id: str, ours: Mapping[str, Mapping[str, frozenset[str]]]) -> Snapshot:
    """Content of every backend of `account_id` that exists, in all regions, together with `ours`."""
    content: dict[str, dict[str, set[str]]] = {}
    instances: list[BackendDict] = BackendDict._instances  # ty: ignore[invalid-attribute-access]
    for backends in list(instances):
        for account, _, backend in list(backends.iter_backends()):
            if account == account_id:
                kinds = content.setdefault(backends.service_name, {})
                for kind, id in _walk_backend(backend):
                    kinds.setdefault(kind, set()).add(id)
    for service, more in ours.items():
        kinds = content.setdefault(service, {})
        for kind, ids in more.items():
            kinds.setdefault(kind, set()).update(ids)
    return Snapshot(
        {
            service: {kind: frozenset(ids) for kind, ids in sorted(kinds.items()) if ids}
            for service, kinds in sorted(content.items())
        }
    )


def _walk_backend(backend: BaseBackend) -> Iterator[tuple[str, str]]:
    seen: set[int] = {id(backend)}
    for name, value in sorted(vars(backend).items()):
        if name not in NOISE and _is_container(value):
            yield from _walk(name.strip("_"), "", value, DEPTH, seen, plain=True)


def _walk(
    kind: str, prefix: str, value: object, depth: int, seen: set[int], *, plain: bool
) -> Iterator[tuple[str, str]]:
    """Ids in a container: of moto's own objects, and with `plain` of anything."""
    if depth == 0 or id(value) in seen:
        return
    seen.add(id(value))
    for key, item in _items(value):
        ours = type(item).__module__.startswith("moto.")
        if isinstance(item, BaseBackend) or not (ours or plain):
            continue
        if _is_aws_managed(item) or _is_deleted(item):
            continue
        path = f"{prefix}{_labelled(key, item)}"
        if isinstance(item, Mapping | list | set) and not item:
            continue
        if isinstance(item, Mapping) and not ours and _holds_objects(item):
            yield from _walk(kind, f"{path}/", item, depth - 1, seen, plain=True)
            continue
        yield kind, path
        if ours and id(item) not in seen:
            seen.add(id(item))
            for name, child in sorted(_attributes(item)):
                yield from _walk(f"{kind}.{name}", f"{path}/{name}/", child, depth - 1, seen, plain=False)


def _attributes(item: object) -> Iterator[tuple[str, object]]:
    for name, child in getattr(item, "__dict__", {}).items():
        if name not in NOISE and _is_container(child):
            yield name.strip("_"), child


def _items(value: object) -> list[tuple[str, object]]:
    if isinstance(value, Mapping):
        return [(_text(key), item) for key, item in list(value.items())]
    if isinstance(value, list | tuple | set | frozenset):
        return [(_identity(item), item) for item in list(value)]
    return []


def _identity(item: object) -> str:
    """What an element of a list is called."""
    for name in ("arn", "id", "name", "uuid"):
        found = getattr(item, name, None)
        if isinstance(found, str):
            return found
    return type(item).__name__ if type(item).__module__.startswith("moto.") else str(item)[:80]


def _labelled(key: str, item: object) -> str:
    """The key with the name beside it where the key is not telling: IAM keeps a role under its generated id."""
    name = getattr(item, "name", None)
    return f"{key} ({name})" if isinstance(name, str) and name and name not in key else key


def _text(key: object) -> str:
    return ":".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _is_container(value: object) -> bool:
    return isinstance(value, Mapping | list | set | frozenset) and bool(value)


def _holds_objects(items: Mapping[object, object]) -> bool:
    return bool(items) and all(type(item).__module__.startswith("moto.") for item in items.values())


def _is_deleted(item: object) -> bool:
    """EC2 lists some of what it has deleted for a while, such as VPC endpoints and NAT gateways."""
    return getattr(item, "state", None) == "deleted"


def _is_aws_managed(item: object) -> bool:
    """KMS makes the keys of AWS's own services when they are first read; nobody owns or deletes them."""
    return getattr(item, "key_manager", None) == "AWS"
