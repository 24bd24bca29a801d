# ruff: noqa: T201  it speaks to a terminal
"""`python -m benchmarks`: prints a line for each measurement; every one is taken here and now.

Each is run once to warm up, then as often as fits into half a second, three times at least; the middle time is shown.
What does the same work in another way stands beside it, with the ratio of the two times.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from benchmarks.drift import drift
from benchmarks.planning import planning
from benchmarks.serving import serving
from benchmarks.timing import compare, measure
from contracts.workload import read_workload

if TYPE_CHECKING:
    from pipelines.modelling import Columns

ROOT = Path(__file__).resolve().parents[1]
TIER = "production"
ROWS = 1_000
RESOURCES = 500


def command(*arguments: str) -> Callable[[], object]:
    """The `estate` command in a process of its own, start-up included."""
    run = [sys.executable, "-m", "estate", *arguments]
    return lambda: subprocess.run(run, cwd=ROOT, check=True, capture_output=True)  # noqa: S603


def queues() -> None:
    """A program of unconnected resources."""
    from pulumi_aws import sqs

    for index in range(RESOURCES):
        sqs.Queue(f"q{index}", name=f"q{index}", tags={"index": str(index)})


def engines() -> None:
    """One program on this engine, and on the mocks that Pulumi's SDK has for tests, which keep nothing."""
    from estate.plan.record import record

    ours = measure(f"{RESOURCES} queues, offline engine", lambda: record(queues), RESOURCES, "resources")
    compare(ours, f"{RESOURCES} queues, the SDK's own mocks", mocked, RESOURCES, "resources")


def mocked() -> None:
    import asyncio

    from pulumi.runtime import mocks, stack, sync_await

    made: list[str] = []

    class Echo(mocks.Mocks):
        def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, object]]:
            made.append(args.name)
            return f"{args.name}-id", args.inputs

        def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, object], None]:
            return {}, None

    async def program() -> None:
        queues()

    asyncio.set_event_loop(asyncio.new_event_loop())
    mocks.set_mocks(Echo())
    sync_await._sync_await(stack.run_pulumi_func(program))
    if len(made) < RESOURCES:
        raise RuntimeError(f"the mocks saw {len(made)} of {RESOURCES} resources")


def plans() -> None:
    from estate.plan import make_plan
    from estate.plan.pack import judge

    for stack in ("dev", "full"):
        measure(f"estate plan -s {stack}, a process of its own", command("plan", "-s", stack))
    plan = make_plan(ROOT, "full")
    measure("plan of full, in process", lambda: make_plan(ROOT, "full"), len(plan.goals), "resources")
    checks = judge(plan.goals, TIER).checks
    measure("policies over full", lambda: judge(plan.goals, TIER), checks, "checks")


def rows_and_features() -> None:
    import duckdb

    from pipelines import features
    from pipelines.workload import WorkloadCode

    workload = read_workload(ROOT / "pipelines" / "workloads" / "delivery_eta")
    code = WorkloadCode(workload)
    for count in (10_000, 100_000, 1_000_000):
        measure(
            f"delivery-eta: make {count:,} rows", lambda count=count: code.data.rows({"rows": count}), count, "rows"
        )
    table = code.data.rows({"rows": 100_000})

    def compute() -> "Columns":
        with duckdb.connect() as connection:
            connection.register("rows", table)
            features.compute(connection, code.features.SQL, workload)
            return cast("Columns", connection.execute("SELECT * FROM features").fetchnumpy())

    measure("delivery-eta: features of 100,000 rows", compute, 100_000, "rows")
    computed = compute()
    settings = workload.training.hyperparameters
    model = code.model.train(workload, computed, settings, "benchmark")
    measure("delivery-eta: train on 100,000 rows", lambda: code.model.train(workload, computed, settings, "benchmark"))
    few = [{name: values[at : at + 1] for name, values in computed.items()} for at in range(ROWS)]
    together = {name: values[:ROWS] for name, values in computed.items()}
    batch = measure(
        "delivery-eta: predict 1,000 rows at once", lambda: code.model.predict(model, together), ROWS, "rows"
    )
    compare(
        batch,
        "delivery-eta: predict 1,000 rows one by one",
        lambda: [code.model.predict(model, each) for each in few],
        ROWS,
        "rows",
    )


if __name__ == "__main__":
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    plans()
    planning()
    engines()
    rows_and_features()
    serving()
    drift()
