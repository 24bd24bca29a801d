# ruff: noqa: T201  it speaks to a terminal
"""100, 300 and 1,000 model bundles, planned by `estate` and synthesised by the AWS CDK in Python.

Each is a process of its own from start to end, in turns; memory is that of the process and its children, looked at
twenty times a second. The CDK is Python in front of Node.js, which must be installed.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.bundles import shape

COUNTS = (100, 300, 1_000)
TURNS = 3
LOOK_S = 0.05
ROOT = Path(__file__).resolve().parents[1]
CDK_PYTHON = ROOT / ".bench" / "bin" / "python"
OURS, CDK = "estate plan", "cdk synth"
MODULES = {OURS: "benchmarks.bundles.with_estate", CDK: "benchmarks.bundles.with_cdk"}


@dataclass(frozen=True)
class Turn:
    seconds: float
    peak: int  # bytes


def planning() -> None:
    """Prints a line for each count and side, their ratio, and how the time grows. Raises RuntimeError."""
    python = {OURS: sys.executable, CDK: str(CDK_PYTHON)}
    missing = _missing()
    if missing is not None:
        print(f"plan against the AWS CDK: only ours, because {missing}")
        del python[CDK]
    middles: dict[str, list[float]] = {side: [] for side in python}
    for count in COUNTS:
        turns: dict[str, list[Turn]] = {side: [] for side in python}
        for _ in range(TURNS):
            for side, executable in python.items():
                turns[side].append(_turn(executable, MODULES[side], count))
        for side, its in turns.items():
            middles[side].append(_print(side, count, its))
        if CDK in python:
            print(f"{'':<52}{middles[CDK][-1] / middles[OURS][-1]:>10.2f} times the line before it")
    for side, its in middles.items():
        rates = [
            (after - before) / (more - fewer) / shape.RESOURCES * 1000
            for before, after, fewer, more in zip(its, its[1:], COUNTS, COUNTS[1:], strict=False)
        ]
        said = ", then ".join(f"{rate:.2f}" for rate in rates)
        print(f"{f'{side}, each further resource':<52}{said} ms: the same where time grows in step")


def _missing() -> str | None:
    if not CDK_PYTHON.exists():
        return ".bench/ has no CDK; `make bench` installs it"
    return None if shutil.which("node") else "Node.js, on which it runs, is not installed"


def _print(side: str, count: int, turns: list[Turn]) -> float:
    middle = statistics.median(turn.seconds for turn in turns)
    made = count * shape.RESOURCES
    peak = max(turn.peak for turn in turns) / 1e6
    rate = f"{made / middle:>14,.0f} resources/s"
    print(f"{f'{count:,} bundles, {side}':<52}{middle * 1000:>10.1f} ms{rate}   of {len(turns)}, peak {peak:,.0f} MB")
    return middle


def _turn(executable: str, module: str, count: int) -> Turn:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1"}
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            [executable, "-m", module, str(count), folder],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        peak = 0
        while process.poll() is None:
            peak = max(peak, _memory(process.pid))
            time.sleep(LOOK_S)
        seconds = time.perf_counter() - started
        printed, complaint = process.communicate()
    if process.returncode or printed.split()[-1:] != [str(count * shape.RESOURCES)]:
        raise RuntimeError(f"{module} {count}: printed {printed!r}: {complaint.strip()[-600:]}")
    return Turn(seconds, peak)


def _memory(pid: int) -> int:
    """Bytes that a process and its children hold now."""
    try:
        process = psutil.Process(pid)
        return sum(each.memory_info().rss for each in (process, *process.children(recursive=True)))
    except psutil.Error:
        return 0
