# ruff: noqa: T201  it speaks to a terminal
"""A million rows of 50 features against a million: our data monitor and Evidently on the same two files.

Each runs in a process of its own, taking turns, so that neither warms the other's memory; a run's time is that of
reading both files and comparing every column, without the start of Python and its imports, which are shown beside it.
Evidently needs an older plotly and pandas than this project's, so it has an environment of its own, `.bench/`, which
`make bench` sets up.

`python -m benchmarks.drift ours|evidently FOLDER` is what those processes run.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS, NUMBERS, CATEGORIES = 1_000_000, 40, 10
MOVED = ("n03", "n17", "c02")  # what both must find
TURNS = 3
ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".bench"
OURS, EVIDENTLY = "ours", "evidently"
MOST_SECONDS, MOST_BYTES = 5.0, 1_000_000_000


def names() -> list[str]:
    return [f"n{place:02}" for place in range(NUMBERS)] + [f"c{place:02}" for place in range(CATEGORIES)]


def write_files(folder: Path) -> None:
    """`baseline.parquet` and `live.parquet`; of the live columns those of MOVED have moved by half a deviation."""
    import numpy
    import pyarrow
    import pyarrow.parquet

    for part, seed in (("baseline", 1), ("live", 2)):
        random = numpy.random.default_rng(seed)
        moved = MOVED if part == "live" else ()
        columns = {f"n{place:02}": random.gamma(2.0 + place % 5, 1.0, ROWS) for place in range(NUMBERS)}
        shares = numpy.array([0.4, 0.3, 0.15, 0.1, 0.05])
        for place in range(CATEGORIES):
            name = f"c{place:02}"
            columns[name] = random.choice(5, ROWS, p=shares[::-1] if name in moved else shares).astype(float)
        for name in moved:
            if name.startswith("n"):
                columns[name] += columns[name].std() / 2
        arrays = {name: columns[name] for name in names()}
        pyarrow.parquet.write_table(pyarrow.table(arrays), folder / f"{part}.parquet", compression="zstd")


def ours(folder: Path) -> tuple[float, list[str]]:
    """What the monitor job does with both: statistics, violations of the constraints, drift of every column."""
    from contracts.monitors import DriftMonitor
    from contracts.workload import Column, ColumnType, Data, Feature, Gate, Purpose, Workload
    from pipelines import quality, tables
    from pipelines.monitors import data

    number, time_column = (
        Column(type=kind, description="Made here.") for kind in (ColumnType.NUMBER, ColumnType.TIMESTAMP)
    )
    described = Workload(
        name="benchmark",
        task="regression",
        synthetic=True,
        source="Made here.",
        purpose=Purpose.model_validate({"problem": "-", "users": "-", "success": "-", "risk": "minimal"}),
        data=Data(
            key="key",
            event_time="at",
            label="label",
            label_time="at",
            arrival_time="at",
            columns={"key": number, "at": time_column, "label": number},
        ),
        features={
            name: Feature(type=ColumnType.NUMBER, description="Made here.", categorical=name.startswith("c"))
            for name in names()
        },
        gate=Gate.model_validate({"metric": "mae", "direction": "minimize", "threshold": 1, "baseline_gain": 0}),
        drift=DriftMonitor(),
    )
    # The constraints come from training; here from some of the same rows.
    few = {name: tables.ColumnFile(folder / "baseline.parquet", [name])[name][:10_000] for name in names()}
    constraints = quality.constraints(described, few)
    started = time.perf_counter()
    baseline, live = (tables.ColumnFile(folder / f"{part}.parquet", names()) for part in ("baseline", "live"))
    looked = data.look(described, constraints, baseline, live)
    return time.perf_counter() - started, [name for name, shift in looked.shifts.items() if shift.drifted]


def evidently(folder: Path) -> tuple[float, list[str]]:
    """Evidently's own preset for data drift, which picks its tests by the columns' kinds and size."""
    import pandas
    from evidently import DataDefinition, Dataset, Report  # ty: ignore[import-not-found]
    from evidently.presets import DataDriftPreset  # ty: ignore[import-not-found]

    started = time.perf_counter()
    definition = DataDefinition(
        numerical_columns=[name for name in names() if name.startswith("n")],
        categorical_columns=[name for name in names() if name.startswith("c")],
    )
    live, baseline = (
        Dataset.from_pandas(pandas.read_parquet(folder / f"{part}.parquet"), data_definition=definition)
        for part in ("live", "baseline")
    )
    found = Report([DataDriftPreset()]).run(live, baseline).dict()
    took = time.perf_counter() - started
    drifted = []
    for metric in found["metrics"]:
        config = metric["config"]
        if config["type"].endswith("ValueDrift") and metric["value"] >= config["threshold"]:
            drifted.append(config["column"])
    return took, drifted


def child(which: str, folder: Path) -> int:
    seconds, drifted = (ours if which == OURS else evidently)(folder)
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(json.dumps({"seconds": seconds, "peak": peak, "drifted": sorted(drifted)}))
    return 0


def run() -> None:
    """Prints a line for each side, and the ratio. Raises RuntimeError where a side misses what has moved."""
    python = {OURS: sys.executable, EVIDENTLY: str(ENVIRONMENT / "bin" / "python")}
    if not Path(python[EVIDENTLY]).exists():
        print("monitor against Evidently: skipped, .bench/ has no Evidently; `make bench` installs it")
        del python[EVIDENTLY]
    with tempfile.TemporaryDirectory() as scratch:
        write_files(Path(scratch))
        turns: dict[str, list[dict[str, float]]] = {which: [] for which in python}
        for _ in range(TURNS):
            for which, executable in python.items():
                turns[which].append(_turn(executable, which, scratch))
    middle = {which: statistics.median(turn["seconds"] for turn in found) for which, found in turns.items()}
    for which, found in turns.items():
        start = statistics.median(turn["wall"] - turn["seconds"] for turn in found)
        peak = max(turn["peak"] for turn in found)
        what = f"data monitor, {ROWS:,} x {NUMBERS + CATEGORIES} rows, {which}"
        print(f"{what:<52}{middle[which] * 1000:>10.1f} ms, peak {peak / 1e6:,.0f} MB, start-up {start:.1f} s")
    if EVIDENTLY in middle:
        print(f"{'':<52}{middle[EVIDENTLY] / middle[OURS]:>10.2f} times the line before it")
    worst = max(turn["peak"] for turn in turns[OURS])
    met = middle[OURS] < MOST_SECONDS and worst < MOST_BYTES
    print(f"{'':<52}{'within' if met else 'OVER'} {MOST_SECONDS:g} s and {MOST_BYTES / 1e9:g} GB")


def _turn(executable: str, which: str, folder: str) -> dict[str, float]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DO_NOT_TRACK": "1"}
    command = [executable, "-W", "ignore", "-m", "benchmarks.drift", which, folder]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    wall = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"{which}: {done.stderr.strip()[-600:]}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    if found["drifted"] != sorted(MOVED):
        raise RuntimeError(f"{which}: found {found['drifted']} and not {sorted(MOVED)}")
    return {"seconds": found["seconds"], "peak": found["peak"], "wall": wall}


if __name__ == "__main__":
    sys.exit(child(sys.argv[1], Path(sys.argv[2])))
