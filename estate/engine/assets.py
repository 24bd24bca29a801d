"""Files and archives as bytes: the same content gives the same bytes on every machine."""

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from estate.engine.resource import Asset

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
_ZIPS = (".zip", ".jar", ".whl")
Files = Mapping[str, tuple[bytes, bool]]  # by path inside the archive: content, executable


class AssetError(Exception):
    """A file or archive that the program names cannot be read here."""


def asset(content: bytes) -> Asset:
    return Asset(content, hashlib.sha256(content).hexdigest())


def file(path: Path) -> Asset:
    """The bytes of a file. Raises AssetError."""
    try:
        return asset(path.read_bytes())
    except OSError as error:
        raise AssetError(f"asset {path}: {error.strerror}") from None


def archive(files: Files) -> Asset:
    """The files as a zip: sorted, with one fixed time, stored, as deflated bytes differ between builds of zlib."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(files):
            content, executable = files[name]
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, so that the mode below is honoured
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            target.writestr(entry, content)
    return asset(buffer.getvalue())


def archive_at(path: Path) -> Asset:
    """A folder as a zip, or a zip as it is. Raises AssetError."""
    return file(path) if path.is_file() and _is_zip(path) else archive(files_at(path))


def files_at(path: Path) -> dict[str, tuple[bytes, bool]]:
    """The files of a folder or of a zip, by path inside it. Raises AssetError."""
    if path.is_dir():
        return dict(_walk(path))
    if not path.is_file():
        raise AssetError(f"archive {path}: no such file or folder")
    if not _is_zip(path):
        raise AssetError(f"archive {path}: only folders and zips ({', '.join(_ZIPS)}) can be read offline")
    return files_in(file(path))


def files_in(content: Asset) -> dict[str, tuple[bytes, bool]]:
    """The files of a zip that is in memory."""
    with zipfile.ZipFile(io.BytesIO(content.content)) as source:
        entries = [entry for entry in source.infolist() if not entry.is_dir()]
        return {e.filename: (source.read(e), bool(e.external_attr >> 16 & 0o100)) for e in entries}


def _is_zip(path: Path) -> bool:
    return path.suffix in _ZIPS


def _walk(folder: Path) -> Iterator[tuple[str, tuple[bytes, bool]]]:
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".pulumi")  # as Pulumi's own archives leave it out
        for name in names:
            path = Path(base, name)
            content = file(path).content
            yield path.relative_to(folder).as_posix(), (content, os.access(path, os.X_OK))
