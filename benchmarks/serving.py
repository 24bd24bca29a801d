# ruff: noqa: T201  it speaks to a terminal
"""The inference host beside `mlflow models serve`: the same trees, the same row, the same machine, taken in turns."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import cast

from benchmarks.load import Load
from contracts.workload import read_workload
from pipelines.modelling import TREES, Columns
from pipelines.workload import WorkloadCode

ROOT = Path(__file__).resolve().parents[1]
WORKLOAD = "tumor-screening"
CONNECTIONS = (1, 16)
SECONDS = 4.0
TURNS = 3
START_S = 60.0
THEIRS = ROOT / ".bench" / "bin" / "python"  # what `make bench` sets up for what is measured beside ours
SAVE = """
import sys, mlflow.xgboost, xgboost
mlflow.xgboost.save_model(xgboost.Booster(model_file=sys.argv[1]), sys.argv[2])
"""


def serving() -> None:
    """Prints requests a second and p99 of one-row requests; the middle of `TURNS` turns, with the ratios."""
    with tempfile.TemporaryDirectory(prefix="estate-bench-") as folder:
        _serving(Path(folder))


def _serving(folder: Path) -> None:
    bodies = _prepare(folder)
    host = [sys.executable, "-m", "pipelines.serving", "serve"]
    ours = {
        "ESTATE_WORKLOAD": WORKLOAD,
        "ESTATE_ML_ROOT": str(folder),
        "ESTATE_BIND_HOST": "127.0.0.1",
        "PYTHONPATH": str(ROOT),
    }
    mlflow = [str(THEIRS), "-m", "mlflow", "models", "serve", "--model-uri", str(folder / "mlflow")]
    mlflow += ["--env-manager", "local", "--host", "127.0.0.1", "--port"]
    # MLflow starts `uvicorn` by its name.
    theirs = {"PATH": f"{THEIRS.parent}{os.pathsep}{os.environ['PATH']}"}
    theirs["MLFLOW_DISABLE_TELEMETRY"] = "true"
    found: dict[str, list[tuple[Load, ...]]] = {"this host": [], "this host, unbatched": [], "mlflow models serve": []}
    for _ in range(TURNS):
        with _server(host, ours) as port:
            found["this host"].append(_loads(port, bodies["this host"]))
        with _server(host, {**ours, "ESTATE_LARGEST_BATCH": "1"}) as port:
            found["this host, unbatched"].append(_loads(port, bodies["this host"]))
        with _server(mlflow, theirs) as port:
            found["mlflow models serve"].append(_loads(port, bodies["mlflow"]))
    for place, connections in enumerate(CONNECTIONS):
        middle = {
            what: (
                median(turn[place].requests / turn[place].seconds for turn in turns),
                median(turn[place].p99_ms for turn in turns),
            )
            for what, turns in found.items()
        }
        _print(connections, middle)


def _print(connections: int, middle: Mapping[str, tuple[float, float]]) -> None:
    """The first is what the others are compared with."""
    best, least = next(iter(middle.values()))
    for what, (rate, p99) in middle.items():
        text = f"{WORKLOAD}: {what}, {connections} connections"
        print(f"{text:<60}{rate:>8,.0f} requests/s, p99 {p99:.1f} ms ({rate / best:.2f}, {p99 / least:.1f} times)")


def _prepare(folder: Path) -> dict[str, Path]:
    """Trains once, saves the trees in both forms, and writes a request of one row for each server."""
    import duckdb

    from pipelines import features

    workload = read_workload(ROOT / "pipelines" / "workloads" / WORKLOAD.replace("-", "_"))
    code = WorkloadCode(workload)
    with duckdb.connect() as connection:
        connection.register("rows", code.data.rows({}))
        features.compute(connection, code.features.SQL, workload)
        rows = cast(Columns, connection.execute("SELECT * FROM features").fetchnumpy())
    model = code.model.train(workload, rows, workload.training.hyperparameters, "benchmark")
    code.model.save(model, folder / "model")
    save = [str(THEIRS), "-c", SAVE, str(folder / "model" / TREES), str(folder / "mlflow")]
    subprocess.run(save, check=True, capture_output=True)  # noqa: S603
    row = {name: float(rows[name][0]) for name in workload.features}
    requests = {
        "this host": {"instances": [row]},
        "mlflow": {"dataframe_split": {"columns": list(row), "data": [list(row.values())]}},
    }
    for name, request in requests.items():
        (folder / f"{name}.json").write_text(json.dumps(request))
    return {name: folder / f"{name}.json" for name in requests}


@contextmanager
def _server(command: Sequence[str], environment: Mapping[str, str]) -> Generator[int]:
    """Starts a server on a free port, and ends it with all that it started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {**os.environ, **environment, "SAGEMAKER_BIND_TO_PORT": str(port)}
    arguments = [*command, str(port)] if command[-1] == "--port" else list(command)
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(arguments, env=own, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603
    try:
        if not _listens(server, port):
            raise RuntimeError(f"{' '.join(arguments)}: does not listen")
        yield port
    finally:
        os.killpg(server.pid, 15)
        server.wait()


def _listens(server: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + START_S
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.1)
    return False


def _loads(port: int, body: Path) -> tuple[Load, ...]:
    return tuple(_load(port, body, connections) for connections in CONNECTIONS)


def _load(port: int, body: Path, connections: int) -> Load:
    command = [sys.executable, "-m", "benchmarks.load", str(port), "/invocations", str(body)]
    command += [str(connections), str(SECONDS)]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603
    found = Load(**json.loads(run.stdout))
    if found.failed:
        raise RuntimeError(f"{found.failed} of {found.requests} requests failed")
    return found
