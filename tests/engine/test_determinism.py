"""The same program registers the same resources in the same order, in one process and in another."""

import hashlib
import os
import subprocess
import sys
import time

import pytest

from estate.engine.program import preview, up
from estate.plan.standin import StandInProvider

WEB = """
    import random
    chance = random.Random(7)
    made = []

    class Group(ComponentResource):
        def __init__(self, name):
            super().__init__("a:b:Group", name, {})
            for index in range(5):
                read = chance.sample(made, min(len(made), chance.randrange(5)))
                after = chance.sample(made, min(len(made), chance.randrange(3)))
                tags = {f"t{n}": other.arn for n, other in enumerate(read)}
                options = ResourceOptions(parent=self, depends_on=after)
                made.append(chance.choice([sqs.Queue, s3.Bucket])(f"{name}-{index}", tags=tags, opts=options))

    groups = [Group(f"g{index}") for index in range(12)]
    Output.all(*[thing.tags for thing in made]).apply(
        lambda every: [s3.Bucket(f"late-{index}") for index in reversed(range(5))]
    )
    sqs.Queue("last", opts=ResourceOptions(depends_on=groups))
"""
OTHER_PROCESS = """
import hashlib, sys
from pathlib import Path
from estate.engine.program import up
from estate.plan.standin import StandInProvider
print(hashlib.sha256(repr(up(Path(sys.argv[1]), "dev", StandInProvider())).encode()).hexdigest())
"""


def digest(result: object) -> str:
    return hashlib.sha256(repr(result).encode()).hexdigest()


def test_three_runs_in_one_process_are_the_same_byte_for_byte(bench):
    bench.write(WEB)

    assert len({digest(preview(bench.root, "dev")) for _ in range(3)}) == 1
    assert len({digest(up(bench.root, "dev", StandInProvider())) for _ in range(3)}) == 1


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_another_process_gives_the_same_bytes(bench, seed):
    bench.write(WEB)
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", OTHER_PROCESS, str(bench.root)],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert told.stdout.strip() == digest(up(bench.root, "dev", StandInProvider()))


def test_a_preview_and_a_run_register_the_same_urns(bench):
    program = WEB.replace("Output.all", "0 and Output.all")  # what waits for outputs cannot be in a preview
    planned, done = bench.preview(program), bench.up(program)

    assert [goal.urn for goal in planned.goals] == [goal.urn for goal in done.goals]
    assert len(planned.goals) == 73


def test_what_is_registered_comes_in_the_programs_order(bench):
    result = bench.up("""
        z = s3.Bucket("z")
        sqs.Queue("needs-z", name=z.bucket)
        s3.Bucket("a")
        s3.Bucket("m")
    """)

    assert [goal.name for goal in result.goals] == ["z", "needs-z", "a", "m"]


def test_a_thousand_resources_take_seconds(bench):
    bench.write("""
        for index in range(500):
            bucket = s3.Bucket(f"b{index}", bucket=f"b{index}", tags={"a": "b"})
            s3.BucketPolicy(f"p{index}", bucket=bucket.bucket, policy=Output.json_dumps({"arn": bucket.arn}))
    """)
    started = time.process_time()  # not the clock's, which counts what else the machine does

    assert len(preview(bench.root, "dev").goals) == 1000
    assert time.process_time() - started < 6
