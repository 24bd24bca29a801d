"""Files and archives become the same bytes wherever and whenever they are read."""

import hashlib
import io
import os
import zipfile

import pytest

from estate.engine import assets
from estate.engine.program import ProgramError
from estate.engine.resource import UNKNOWN, Asset


def entries(asset: Asset) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(asset.content)) as source:
        return {name: source.read(name) for name in source.namelist()}


def function(code: str) -> str:
    return f'aws.lambda_.Function("f", role="r", code={code})'


def test_a_file_and_a_text_are_their_bytes(bench):
    (bench.root / "a.txt").write_text("hello")
    result = bench.up("""
        s3.BucketObjectv2("file", bucket="b", source=pulumi.FileAsset("a.txt"))
        s3.BucketObjectv2("text", bucket="b", source=pulumi.StringAsset("hello"))
    """)

    expected = Asset(b"hello", hashlib.sha256(b"hello").hexdigest())
    assert [goal.inputs["source"] for goal in result.goals] == [expected, expected]
    assert "hello" not in repr(expected)


def test_an_archive_is_a_sorted_zip_with_nested_archives_as_folders(bench):
    (bench.root / "lib").mkdir()
    (bench.root / "lib" / "z.py").write_text("z")
    (bench.root / "lib" / "a.py").write_text("a")
    result = bench.preview(
        function(
            'pulumi.AssetArchive({"main.py": pulumi.StringAsset("m"), "lib": pulumi.FileArchive("lib"),'
            ' "zz.py": pulumi.FileAsset("lib/z.py")})'
        )
    )

    code = result.named("f").inputs["code"]
    assert list(entries(code).items()) == [("lib/a.py", b"a"), ("lib/z.py", b"z"), ("main.py", b"m"), ("zz.py", b"z")]


def test_times_of_files_change_nothing(bench):
    folder = bench.root / "lib"
    folder.mkdir()
    (folder / "a.py").write_text("a")
    first = bench.preview(function('pulumi.FileArchive("lib")')).named("f").inputs["code"]
    os.utime(folder / "a.py", (0, 0))
    second = bench.preview(function('pulumi.FileArchive("./lib")')).named("f").inputs["code"]

    assert first == second
    assert first.sha256 == hashlib.sha256(first.content).hexdigest()


def test_a_changed_file_is_an_update_and_an_unchanged_one_is_not(bench, ops):
    (bench.root / "a.py").write_text("1")
    program = function('pulumi.AssetArchive({"a.py": pulumi.FileAsset("a.py")})')
    bench.up(program)
    assert ops(bench.up(program)) == ["same f"]

    (bench.root / "a.py").write_text("2")
    result = bench.up(program)
    assert ops(result) == ["update f"]
    assert result.steps[0].changed == ("code",)


def test_a_zip_is_taken_as_it_is(bench):
    content = assets.archive({"a.py": (b"a", True)}).content
    (bench.root / "f.zip").write_bytes(content)

    assert bench.preview(function('pulumi.FileArchive("f.zip")')).named("f").inputs["code"].content == content


def test_executables_stay_executable():
    made = assets.archive({"run": (b"x", True), "read": (b"x", False)})

    assert {name: executable for name, (_, executable) in assets.files_in(made).items()} == {"run": True, "read": False}


def test_an_archive_of_something_unknown_is_unknown(bench):
    result = bench.preview("""
        bucket = s3.Bucket("data")
        code = bucket.arn.apply(lambda arn: pulumi.AssetArchive({"a": pulumi.StringAsset(arn)}))
        aws.lambda_.Function("f", role="r", code=code)
    """)

    assert result.named("f").inputs["code"] is UNKNOWN


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ('pulumi.FileArchive("none")', "none: no such file or folder"),
        ('pulumi.FileArchive("a.tar.gz")', r"only folders and zips \(.zip, .jar, .whl\) can be read offline"),
        ('pulumi.RemoteArchive("https://example.com/a.zip")', "a remote archive cannot be read offline"),
    ],
)
def test_an_archive_that_cannot_be_read_is_refused_with_its_resource(bench, code, message):
    (bench.root / "a.tar.gz").write_bytes(b"")
    with pytest.raises(ProgramError, match=f"Function::f: .*{message}"):
        bench.preview(function(code))
