# ruff: noqa: T201  it speaks to a terminal
"""Up to a million rows of 50 features against as many: our data monitor and Evidently on the same two files.

Each runs in a process of its own, taking turns, so that neither warms the other's memory; a run's time is that of
reading both files and comparing every column, without the start of Python and its imports.
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

NUMBERS, CATEGORIES = 40, 10
SIZES = {100_000: 3, 1_000_000: 1}  # rows, and how often both sides take their turn
MOVED = ("n03", "n17", "c02")  # what both must find
ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".bench"
OURS, EVIDENTLY = "ours", "evidently"


def names() -> list[str]:
    return [f"n{place:02}" for place in range(NUMBERS)] + [f"c{place:02}" for place in range(CATEGORIES)]


def write_files(folder: Path, rows: int) -> None:
    """`baseline.parquet` and `live.parquet`; of the live columns those of MOVED have moved by half a deviation."""
    import numpy
    import pyarrow
    import pyarrow.parquet

    for part, seed in (("baseline", 1), ("live", 2)):
        random = numpy.random.default_rng(seed)
        moved = MOVED if part == "live" else ()
        columns = {f"n{place:02}": random.gamma(2.0 + place % 5, 1.0, rows) for place in range(NUMBERS)}
        shares = numpy.array([0.4, 0.3, 0.15, 0.1, 0.05])
        for place in range(CATEGORIES):
            name = f"c{place:02}"
            columns[name] = random.choice(5, rows, p=shares[::-1] if name in moved else shares).astype(float)
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
    whole = tables.ColumnFile(folder / "baseline.parquet", names())
    few = {name: whole[name][:10_000].copy() for name in names()}
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
    before = time.process_time()
    seconds, drifted = (ours if which == OURS else evidently)(folder)
    unit = 1 if sys.platform == "darwin" else 1024
    found = {
        "seconds": seconds,
        "cpu": time.process_time() - before,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
        "drifted": sorted(drifted),
    }
    print(json.dumps(found))
    return 0


def drift() -> None:
    """Prints a line for each size and side, and their ratio. Raises RuntimeError where a side misses what has moved."""
    python = {OURS: sys.executable, EVIDENTLY: str(ENVIRONMENT / "bin" / "python")}
    if not Path(python[EVIDENTLY]).exists():
        print("data monitor against Evidently: only ours, because .bench/ has no Evidently; `make bench` installs it")
        del python[EVIDENTLY]
    for rows, turns in SIZES.items():
        found: dict[str, list[dict[str, float]]] = {which: [] for which in python}
        with tempfile.TemporaryDirectory() as scratch:
            write_files(Path(scratch), rows)
            for _ in range(turns):
                for which in (OURS, EVIDENTLY, OURS):  # before and after, so that a machine that slows counts for both
                    if which in python:
                        found[which].append(_turn(python[which], which, scratch))
        _print(rows, found)


def _print(rows: int, found: dict[str, list[dict[str, float]]]) -> None:
    middle = {which: statistics.median(turn["seconds"] for turn in turns) for which, turns in found.items()}
    for which, turns in found.items():
        cpu = statistics.median(turn["cpu"] for turn in turns)
        peak = max(turn["peak"] for turn in turns) / 1e6
        what = f"data monitor, {rows:,} rows of {NUMBERS + CATEGORIES}, {which}"
        rest = f"   of {len(turns)}; {cpu:.1f} s of processors with imports, peak {peak:,.0f} MB"
        print(f"{what:<52}{middle[which] * 1000:>10.1f} ms{rest}")
    if EVIDENTLY in middle:
        print(f"{'':<52}{middle[EVIDENTLY] / middle[OURS]:>10.2f} times the line before it")


def _turn(executable: str, which: str, folder: str) -> dict[str, float]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DO_NOT_TRACK": "1"}
    command = [executable, "-W", "ignore", "-m", "benchmarks.drift", which, folder]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{which}: {done.stderr.strip()[-600:]}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    if found["drifted"] != sorted(MOVED):
        raise RuntimeError(f"{which}: found {found['drifted']} and not {sorted(MOVED)}")
    return found


if __name__ == "__main__":
    sys.exit(child(sys.argv[1], Path(sys.argv[2])))
