"""What a hostile model.tar.gz cannot do."""

import io
import tarfile
from pathlib import Path

import pytest

from pipelines.archives import unpack


def packed(file: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(file, "w:gz") as archive:
        for member in members:
            member.size = 3 if member.isreg() else 0
            archive.addfile(member, io.BytesIO(b"abc") if member.isreg() else None)
    return file


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, target, 0o755
    return made


def test_files_and_folders_are_unpacked(tmp_path):
    archive = packed(tmp_path / "m.tar.gz", member(".", tarfile.DIRTYPE), member("./a/b.txt"), member("c.txt"))
    folder = unpack(archive, tmp_path / "model")
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) == ["a", "a/b.txt", "c.txt"]
    assert (folder / "a" / "b.txt").read_bytes() == b"abc"


def test_an_archive_can_be_unpacked_over_an_earlier_one(tmp_path):
    archive = packed(tmp_path / "m.tar.gz", member("a.txt"))
    unpack(archive, tmp_path / "model")
    assert (unpack(archive, tmp_path / "model") / "a.txt").read_bytes() == b"abc"


@pytest.mark.parametrize(
    "hostile",
    [
        member("../outside.txt"),
        member("a/../../outside.txt"),
        member("/outside.txt"),
        member("link", tarfile.SYMTYPE, "/etc/passwd"),
        member("link", tarfile.LNKTYPE, "../outside.txt"),
        member("pipe", tarfile.FIFOTYPE),
        member("disk", tarfile.BLKTYPE),
    ],
    ids=lambda found: f"{found.name} {found.type.decode()}",
)
def test_what_reaches_outside_is_refused(hostile, tmp_path):
    archive = packed(tmp_path / "m.tar.gz", hostile)
    with pytest.raises(tarfile.TarError, match="only files and folders within the archive"):
        unpack(archive, tmp_path / "model")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.tar.gz", "model"]
    assert list((tmp_path / "model").iterdir()) == []


def test_a_damaged_archive_is_refused(tmp_path):
    whole = packed(tmp_path / "m.tar.gz", *(member(f"{number}.txt") for number in range(200)))
    whole.write_bytes(whole.read_bytes()[:-40])
    with pytest.raises(tarfile.TarError):
        unpack(whole, tmp_path / "model")


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / "m.tar.gz").write_bytes(b"no tar")
    with pytest.raises(tarfile.TarError):
        unpack(tmp_path / "m.tar.gz", tmp_path / "model")
