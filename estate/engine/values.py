"""Values as the SDK sends them over its wire, and as everything here holds them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from estate.engine import assets
from estate.engine.resource import UNKNOWN, Asset, Secret, Values

Struct = Any  # messages of google.protobuf.struct_pb2, which declares its types to no checker
Value = Any

_KIND = rpc._special_sig_key
_SECRET, _ASSET = rpc._special_secret_sig, rpc._special_asset_sig
_ARCHIVE, _RESOURCE = rpc._special_archive_sig, rpc._special_resource_sig


def read_struct(struct: Struct, folder: Path) -> dict[str, Any]:
    """Plain values of a message; `folder` is where relative paths of assets start.

    Keys are sorted, as a message's own order is random. Nulls inside objects are left out, as they mean `not given`.
    Raises assets.AssetError.
    """
    return _object(struct.fields, folder)


def _object(fields: Mapping[str, Value], folder: Path) -> dict[str, Any]:
    found = {key: read_value(fields[key], folder) for key in sorted(fields)}
    return {key: value for key, value in found.items() if value is not None}


def read_value(value: Value, folder: Path) -> Any:
    """One value of a message, as `read_struct` gives it."""
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value == rpc.UNKNOWN else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [read_value(item, folder) for item in value.list_value.values]
        case "struct_value":
            fields = value.struct_value.fields
            return _special(fields, folder) if _KIND in fields else _object(fields, folder)
    return None


def _special(fields: Mapping[str, Value], folder: Path) -> Any:
    content = {key: value for key, value in fields.items() if key != _KIND}
    match fields[_KIND].string_value:
        case rpc._special_secret_sig:
            return Secret(read_value(content["value"], folder))
        case rpc._special_resource_sig:
            return read_value(content.get("id", content["urn"]), folder)
        case rpc._special_asset_sig:
            return _asset(_object(content, folder), folder)
        case rpc._special_archive_sig:
            return _archive(content, folder)
    raise assets.AssetError(f"a value of an unknown kind: {fields[_KIND].string_value}")


def _asset(content: Values, folder: Path) -> Any:
    if has_unknown(content):
        return UNKNOWN
    if "text" in content:
        return assets.asset(str(unwrap(content["text"])).encode())
    if "path" in content:
        return assets.file(folder / unwrap(content["path"]))
    raise assets.AssetError(f"asset {content.get('uri')}: a remote asset cannot be read offline")


def _archive(content: Mapping[str, Value], folder: Path) -> Any:
    if "assets" in content:
        members = unwrap(_object(content["assets"].struct_value.fields, folder))
        kinds = {key: _kind(value) for key, value in content["assets"].struct_value.fields.items()}
        return UNKNOWN if has_unknown(members) else assets.archive(_joined(members, kinds))
    if "path" in content:
        path = unwrap(read_value(content["path"], folder))
        return UNKNOWN if path is UNKNOWN else assets.archive_at(folder / path)
    raise assets.AssetError("a remote archive cannot be read offline")


def _kind(value: Value) -> str:
    kind = value.struct_value.fields.get(_KIND)
    return kind.string_value if kind is not None else ""


def _joined(members: Mapping[str, Asset], kinds: Mapping[str, str]) -> dict[str, tuple[bytes, bool]]:
    """Archives inside an archive lie in a folder of their key's name."""
    files: dict[str, tuple[bytes, bool]] = {}
    for name, member in members.items():
        if kinds[name] == _ARCHIVE:
            files |= {f"{name}/{inner}": found for inner, found in assets.files_in(member).items()}
        else:
            files[name] = (member.content, False)
    return files


def write_struct(values: Values) -> Struct:
    """The message that holds the values; assets are left out, as the SDK knows those that it sent."""
    struct = struct_pb2.Struct()  # ty: ignore[missing-attribute]
    for key, value in values.items():
        written = _write(value)
        if written is not None:
            struct[key] = written
    return struct


def _write(value: Any) -> Any:
    if value is UNKNOWN:
        return rpc.UNKNOWN
    if isinstance(value, Secret):
        return {_KIND: _SECRET, "value": _write(value.value)}
    if isinstance(value, Asset):
        return None
    if isinstance(value, Mapping):
        return {key: _write(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_write(item) for item in value]
    return value


def has_unknown(value: Any) -> bool:
    """Whether the value, or any part of it, is unknown."""
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, Mapping):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list | tuple):
        return any(map(has_unknown, value))
    return value is UNKNOWN


def has_secret(value: Any) -> bool:
    """Whether the value, or any part of it, is secret."""
    if isinstance(value, Mapping):
        return any(map(has_secret, value.values()))
    if isinstance(value, list | tuple):
        return any(map(has_secret, value))
    return isinstance(value, Secret)


def unwrap(value: Any) -> Any:
    """The value without the marks of its secrets."""
    if isinstance(value, Secret):
        return unwrap(value.value)
    if isinstance(value, Mapping):
        return {key: unwrap(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [unwrap(item) for item in value]
    return value


def marked(value: Any, like: Any) -> Any:
    """`value` with those parts secret that are secret in `like`; what cannot be matched becomes secret as a whole."""
    if isinstance(value, Secret) or not has_secret(like):
        return value
    if isinstance(like, Mapping) and isinstance(value, Mapping):
        return {key: marked(item, like.get(key)) for key, item in value.items()}
    if isinstance(like, list) and isinstance(value, list) and len(like) == len(value):
        return [marked(item, other) for item, other in zip(value, like, strict=True)]
    return Secret(value)
