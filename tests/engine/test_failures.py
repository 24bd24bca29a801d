"""What is said, and what is known to exist, when a run does not come to its end."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from estate.engine.program import EMPTY, Interrupted, ProgramError, destroy, unprotect, up

CHAIN = """
    a = s3.Bucket("a", bucket={name!r})
    b = s3.BucketPolicy("b", bucket=a.id, policy="{{}}")
    sqs.Queue("c", name=b.id)
"""


def chain(name: str = "one") -> str:
    return CHAIN.format(name=name)


def names(deployment) -> list[str]:
    return [state.goal.name for state in deployment.states.values()]


def test_what_a_provider_says_of_a_resource_is_said_once(bench):
    urn = "urn:pulumi:dev::demo::aws:s3/bucket:Bucket::a"
    bench.cloud.failing, bench.cloud.answer = "create a", f"{urn}: s3 CreateBucket: BucketAlreadyExists"
    with pytest.raises(ProgramError) as raised:
        bench.up(chain())

    said = "aws:s3/bucket:Bucket a could not be created: s3 CreateBucket: BucketAlreadyExists"
    assert str(raised.value) == f"{said} ({urn})"


def test_a_failed_creation_keeps_what_was_made_and_makes_nothing_more(bench):
    bench.cloud.failing = "create b"
    with pytest.raises(
        ProgramError, match=r"BucketPolicy b could not be created: the quota is used up \(urn:\S+::b\)$"
    ) as raised:
        bench.up(chain())

    assert bench.cloud.calls == ["create a", "create b"]
    assert names(raised.value.deployment) == ["a"]


def test_the_next_run_goes_on_from_there(bench, ops):
    bench.cloud.failing = "create b"
    with pytest.raises(ProgramError) as raised:
        bench.up(chain())
    bench.cloud.failing = None
    bench.deployment = raised.value.deployment

    assert ops(bench.up(chain())) == ["same a", "create b", "create c"]


def test_a_failed_update_keeps_the_old_state(bench):
    bench.up('sqs.Queue("jobs", delay_seconds=1)')
    bench.cloud.failing = "update jobs"
    with pytest.raises(ProgramError) as raised:
        bench.up('sqs.Queue("jobs", delay_seconds=2)')

    assert raised.value.deployment is not None
    (state,) = raised.value.deployment.states.values()
    assert state.goal.inputs == {"delaySeconds": 1}


def test_a_failed_deletion_keeps_the_rest(bench):
    bench.up(chain())
    bench.cloud.failing = "delete b"
    with pytest.raises(ProgramError, match=r"^aws:s3/bucketPolicy:BucketPolicy b could not be deleted") as raised:
        bench.up("")

    assert names(raised.value.deployment) == ["a", "b"]


def test_a_replaced_resource_whose_deletion_failed_is_deleted_by_the_next_run(bench, ops):
    bench.cloud.create_only = {"aws:sqs/queue:Queue": frozenset({"delaySeconds"})}
    bench.up('sqs.Queue("jobs", delay_seconds=1)')
    bench.cloud.failing = "delete jobs"
    with pytest.raises(ProgramError) as raised:
        bench.up('sqs.Queue("jobs", delay_seconds=2)')
    left = raised.value.deployment
    assert left is not None
    assert [state.id for state in left.states.values()] == ["jobs-2"]
    assert [state.id for state in left.pending] == ["jobs-1"]

    bench.cloud.failing = None
    bench.deployment = left
    result = bench.up('sqs.Queue("jobs", delay_seconds=2)')

    assert bench.cloud.calls == ["delete jobs"]
    assert sorted(bench.cloud.exists) == ["jobs-2"]
    assert result.deployment.pending == ()


def test_a_fault_of_the_provider_is_told_with_its_type(bench):
    def fault(call: str) -> None:
        raise KeyError(call)

    bench.cloud.during = fault
    with pytest.raises(ProgramError, match="Bucket a could not be created: KeyError: 'create a'"):
        bench.up(chain())


@pytest.fixture(autouse=True)
def interrupts_arrive() -> Iterator[None]:
    """A shell starts what runs in the background with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_lets_the_running_call_end_and_keeps_what_it_made(bench):
    def interrupt(call: str) -> None:
        if call == "create b":
            os.kill(os.getpid(), signal.SIGINT)

    bench.cloud.during = interrupt
    with pytest.raises(Interrupted) as raised:
        bench.up(chain())

    assert bench.cloud.calls == ["create a", "create b"]
    assert names(raised.value.deployment) == ["a", "b"]
    assert sorted(bench.cloud.exists) == ["a-1", "b-2"]


def test_after_an_interrupt_nothing_else_is_made(bench):
    bench.cloud.during = lambda call: os.kill(os.getpid(), signal.SIGINT) if call == "create a" else None
    with pytest.raises(Interrupted):
        bench.up("for name in 'abcdef': s3.Bucket(name)")

    assert bench.cloud.calls == ["create a"]


def test_a_second_interrupt_does_not_wait(bench):
    def interrupt_twice(call: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail(f"{call} went on")

    bench.cloud.during = interrupt_twice
    with pytest.raises(Interrupted) as raised:
        bench.up(chain())

    assert names(raised.value.deployment) == []


def test_a_failure_does_not_swallow_an_interrupt(bench):
    bench.cloud.failing = "create b"
    bench.cloud.during = lambda call: os.kill(os.getpid(), signal.SIGINT) if call == "create b" else None
    with pytest.raises(Interrupted) as raised:
        bench.up(chain())

    assert names(raised.value.deployment) == ["a"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_what_a_handler_of_sigterm_raises_is_an_interrupt_too(bench, stop):
    def handler(number: int, frame: object) -> None:
        raise stop

    before = signal.signal(signal.SIGTERM, handler)
    bench.cloud.during = lambda call: os.kill(os.getpid(), signal.SIGTERM) if call == "create a" else None
    try:
        with pytest.raises(Interrupted) as raised:
            bench.up(chain())
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)

    assert names(raised.value.deployment) == ["a"]


def test_an_interrupt_in_the_program_keeps_what_was_made(bench):
    with pytest.raises(Interrupted) as raised:
        bench.up("""
            def stop(arn):
                raise KeyboardInterrupt
            s3.Bucket("a").arn.apply(stop)
        """)

    assert names(raised.value.deployment) == ["a"]


def test_after_an_interrupt_the_next_run_starts_afresh(bench, ops):
    with pytest.raises(Interrupted):
        bench.up("raise KeyboardInterrupt")

    assert ops(bench.up('s3.Bucket("a")')) == ["create a"]


def test_an_interrupted_destruction_keeps_what_is_left(bench):
    bench.up(chain())
    bench.cloud.during = lambda call: os.kill(os.getpid(), signal.SIGINT) if call == "delete b" else None
    with pytest.raises(Interrupted) as raised:
        destroy(bench.deployment, bench.cloud)

    assert names(raised.value.deployment) == ["a"]


def test_destruction_goes_backwards_and_leaves_what_is_retained(bench):
    bench.up(chain() + "    sqs.Queue('kept', opts=ResourceOptions(retain_on_delete=True))\n")
    bench.cloud.calls.clear()
    seen = []
    left, steps = destroy(bench.deployment, bench.cloud, on_step=seen.append)

    assert bench.cloud.calls == ["delete c", "delete b", "delete a"]
    assert {f"{step.op} {step.name}" for step in steps} == {"delete a", "delete b", "delete c", "retain kept"}
    assert tuple(seen) == steps
    assert names(left) == ["kept"]


def test_destruction_configures_the_providers_first(bench):
    bench.up("""
        provider = aws.Provider("main", region="eu-west-1")
        sqs.Queue("jobs", opts=ResourceOptions(provider=provider))
    """)
    bench.cloud.calls.clear()
    left, _ = destroy(bench.deployment, bench.cloud)

    assert bench.cloud.calls == ["configure main", "delete jobs"]
    assert left == EMPTY


def test_protected_resources_are_not_destroyed_and_nothing_else_is(bench):
    bench.up(chain() + "    sqs.Queue('kept', opts=ResourceOptions(protect=True))\n")
    bench.cloud.calls.clear()
    with pytest.raises(ProgramError, match=r"cannot be destroyed; take `protect` off them first:\n  urn:.*::kept$"):
        destroy(bench.deployment, bench.cloud)
    assert bench.cloud.calls == []

    left, _ = destroy(unprotect(bench.deployment), bench.cloud)
    assert left == EMPTY


def test_a_failed_destruction_keeps_what_is_left(bench):
    bench.up(chain())
    bench.cloud.failing = "delete b"
    with pytest.raises(ProgramError) as raised:
        destroy(bench.deployment, bench.cloud)

    assert names(raised.value.deployment) == ["a", "b"]


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ('raise pulumi.RunError("the key network.cidr is wrong")', r"^the key network.cidr is wrong$"),
        ('s3.Bucket("a")\nraise pulumi.RunError("too late")', r"^too late$"),
        ("x = {}\nx['y']", r"^__main__.py:8: KeyError: 'y'$"),
        ('s3.Bucket("a", bucket="n").bucket.apply(lambda n: n.nope)', r"^__main__.py:7: AttributeError: .*nope"),
        ("def", r"^__main__.py:7: SyntaxError"),
        ('pulumi.log.error("no such zone")', r"^no such zone$"),
        ("raise SystemExit(3)", r"^the program called exit\(3\)$"),
        ("f\"{s3.Bucket('a').arn}\"", r"^__main__.py:7: .*__str__ on an Output"),
        ("import helper_that_is_missing", r"^__main__.py:7: ModuleNotFoundError"),
    ],
)
@pytest.mark.parametrize("run", ["preview", "up"])
def test_what_the_program_raises_is_one_clear_message(bench, run, program, message):
    with pytest.raises(ProgramError, match=message):
        getattr(bench, run)(program)


def test_an_error_in_a_module_of_the_program_names_its_line(bench):
    (bench.root / "faulty_part.py").write_text("def go():\n    return [][0]\n")
    with pytest.raises(ProgramError, match=r"^faulty_part.py:2: IndexError"):
        bench.preview("import faulty_part; faulty_part.go()")


def test_nothing_of_the_process_is_changed_by_a_run(bench, monkeypatch):
    monkeypatch.setenv("PULUMI_CONFIG", '{"demo:size": "9"}')
    before = (Path.cwd(), list(sys.path), dict(os.environ), threading.active_count())
    bench.write('assert pulumi.Config().get("size") is None')

    up(bench.root, "dev", bench.cloud)

    assert (Path.cwd(), list(sys.path), dict(os.environ)) == before[:3]
    assert threading.active_count() == before[3]


def test_a_run_inside_a_running_loop_is_refused(bench):
    async def inside() -> None:
        bench.preview("")

    with pytest.raises(ProgramError, match="event loop"):
        asyncio.run(inside())
