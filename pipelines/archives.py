"""A `model.tar.gz` is somebody else's: it may write where it is told to, and nowhere else."""

import gzip
import shutil
import tarfile
import zlib
from pathlib import Path


def unpack(archive: Path, folder: Path) -> Path:
    """Unpacks into `folder`, which is made; returns it. Owners, modes and times are not kept.

    Raises tarfile.TarError where it is no whole archive, gzipped, or holds something beside files and folders within
    `folder`. Not by `extractall(filter="data")`, which Python has since 3.11.4 only.
    """
    room = folder.resolve()
    room.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:gz") as content:
            for member in content:
                _take(content, member, room)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise tarfile.ReadError(f"it is damaged: {error}") from None
    return folder


def _take(content: tarfile.TarFile, member: tarfile.TarInfo, room: Path) -> None:
    target = (room / member.name).resolve()
    if not target.is_relative_to(room) or not (member.isreg() or member.isdir()):
        raise tarfile.TarError(f"{member.name}: only files and folders within the archive are unpacked")
    file = content.extractfile(member)
    if file is None:
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with file, target.open("wb") as copy:
        shutil.copyfileobj(file, copy)
