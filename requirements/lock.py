"""Writes the locked files of this folder from pyproject.toml, or says whether they are current.

    python requirements/lock.py UV             resolve with this `uv`, keeping what is pinned already
    python requirements/lock.py UV --upgrade   resolve to the newest allowed versions
    python requirements/lock.py --check        without a resolver or a network; status 1 and one line a stale file

Each file names the digest of the requirements that it was resolved from, so that a change to pyproject.toml shows.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
DIGEST = re.compile(r"^# Of requirements with SHA-256 ([0-9a-f]{64})\.$", re.MULTILINE)
UV = "uv>=0.9,<1"
APART = ("bench",)  # environments that never meet the others
PIP = "pip>=26"  # Pulumi asks it which packages a program has, and so which plugins it needs


def wanted(pyproject: Path) -> dict[str, tuple[str, ...]]:
    """The requirements that each locked file is resolved from, by its name."""
    document = tomllib.loads(pyproject.read_text())
    project = document["project"]
    extras = {name: tuple(lines) for name, lines in project["optional-dependencies"].items()}
    core, jobs = (*project["dependencies"], PIP), extras["jobs"]
    # What builds the project itself is locked too, so that nothing is fetched without a hash.
    build = tuple(document["build-system"]["requires"])
    # A job needs of the core what the contracts need.
    contracts = tuple(line for line in core if not line.startswith("pulumi") and line != PIP)
    rehearsal = tuple(line for line in extras["rehearsal"] if not line.startswith(f"{project['name']}["))
    development = (*rehearsal, *extras["definitions"], *extras["tracking"], *document["dependency-groups"]["dev"])
    files = {
        # First, because the others take its versions: what is tested is what is installed.
        "dev": (*core, *jobs, *development, *build),
        "core": (*core, *build),
        "jobs": (*jobs, *contracts, *build),
        "tracking": (*jobs, *extras["tracking"], *contracts, *build),
        "gpu": (*(line for line in jobs if not line.startswith("xgboost")), *extras["gpu"], *contracts, *build),
        "rehearsal": (*core, *jobs, *rehearsal, *build),
        "definitions": (*core, *jobs, *extras["definitions"], *build),
        "bench": tuple(document["dependency-groups"]["bench"]),
        "uv": (UV,),
    }
    return {name: tuple(sorted(set(lines))) for name, lines in files.items()}


def digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def stale(folder: Path, pyproject: Path) -> list[str]:
    """One sentence for each file that was not resolved from what pyproject.toml asks for now."""
    said = []
    for name, lines in wanted(pyproject).items():
        file = folder / f"{name}.txt"
        found = DIGEST.search(file.read_text()) if file.is_file() else None
        if found is None or found.group(1) != digest(lines):
            said.append(f"requirements/{name}.txt is not what pyproject.toml asks for; run `make lock`")
    return said


def write(uv: str, name: str, lines: Sequence[str], options: Sequence[str]) -> None:
    file = FOLDER / f"{name}.txt"
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch, "requirements.in")
        source.write_text("".join(f"{line}\n" for line in lines))
        target = Path(scratch, "requirements.txt")
        if file.is_file():
            target.write_text(file.read_text())  # what is pinned stays
        command = [uv, "pip", "compile", str(source), "--output-file", str(target), "--universal"]
        command += ["--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "--quiet"]
        command += ["--no-emit-index-url", "--no-emit-find-links", *options]
        if name not in ("dev", *APART):
            command += ["--constraint", str(FOLDER / "dev.txt")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=FOLDER.parent)  # noqa: S603
        locked = target.read_text()
    file.write_text(
        f"# Written by `make lock` from pyproject.toml.\n# Of requirements with SHA-256 {digest(lines)}.\n{locked}"
    )


def main(arguments: Sequence[str]) -> int:
    pyproject = FOLDER.parent / "pyproject.toml"
    if list(arguments) == ["--check"]:
        found = stale(FOLDER, pyproject)
        sys.stderr.writelines(f"{line}\n" for line in found)
        return 1 if found else 0
    if not arguments or arguments[0].startswith("-") or list(arguments[1:]) not in ([], ["--upgrade"]):
        sys.stderr.write(f"{__doc__}")
        return 2
    for name, lines in wanted(pyproject).items():
        write(arguments[0], name, lines, arguments[1:])
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
