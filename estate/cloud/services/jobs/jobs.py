"""What processing, training and transform jobs share: they are created, run in a thread, followed, and stopped."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from estate.cloud.services import containers
from estate.cloud.services.account import Account, now, token
from estate.cloud.services.checks import invalid
from estate.cloud.services.clock import Clock
from estate.cloud.services.jobs.instances import Instances, NoCapacity
from estate.cloud.services.logs import Logs
from estate.cloud.services.store import Records, Store, page, select
from estate.cloud.services.wire import AwsError, Params

ENDED = frozenset({"Completed", "Failed", "Stopped"})
REASON_LENGTH = 1024
DAY_S = 86400
STOP_GRACE_S = 120.0  # from SIGTERM to SIGKILL, as AWS documents it, on the cloud's clock
LEAST_GRACE_S = 1.0  # of real time: a fast clock leaves a container time to end by itself
WAIT_S = 0.02


@dataclass
class Running:
    """A job at work. `stop` asks it to end, `lost` tells that its machine was taken, `ended` that it has ended."""

    stop: threading.Event = field(default_factory=threading.Event)
    lost: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    capacity_after_s: float = 0.0  # seconds of the clock until a lost machine is replaced


@dataclass(frozen=True)
class Kind:
    """How the kinds of jobs differ in names, and in what AWS says of a job that does not exist."""

    member: str  # ProcessingJob, TrainingJob, TransformJob
    arn: str
    log_group: str
    event: str
    unknown: str = "Could not find requested job with name: {name}"

    @property
    def word(self) -> str:
        """processing, training, transform"""
        return self.arn.partition("-")[0]


@dataclass(frozen=True)
class Office:
    """What every kind of job needs to work."""

    account: Account
    store: Store
    logs: Logs
    clock: Clock
    instances: Instances


class JobFailed(Exception):
    """A job could not be run to its end. The message is its FailureReason."""


Work = Callable[[Params, Running], None]
Lines = list[str]
Scan = Callable[[Lines], None]


class Jobs:
    """All jobs of one kind. `work` runs one: it changes the job's record, and raises JobFailed.

    `conclude` is given a job's record and the members that its end will set, and may change both.
    """

    def __init__(
        self,
        office: Office,
        kind: Kind,
        records: Records,
        work: Work,
        conclude: Callable[[Params, Params], None] = lambda record, outcome: None,
    ) -> None:
        self.account = office.account
        self.store = office.store
        self.clock = office.clock
        self.kind = kind
        self.records = records
        self._logs = office.logs
        self._instances = office.instances
        self._work = work
        self._conclude = conclude
        self.running: dict[str, Running] = {}

    @property
    def _name(self) -> str:
        return f"{self.kind.member}Name"

    @property
    def _status(self) -> str:
        return f"{self.kind.member}Status"

    def create(self, params: Params, record: Params, machines: tuple[str, int], *, spot: bool = False) -> str:
        """Records the job and starts it on `machines`, type and count; returns its ARN.

        Raises AwsError for a name that is taken, and where a quota leaves no machine.
        """
        name = params[self._name]
        arn = self.store.arn(self.kind.arn, name)
        usage = f"{'spot ' if spot else ''}{self.kind.word} job usage"
        with self.account.lock:
            if name in self.records:
                raise AwsError(
                    "ResourceInUse",
                    "Job name must be unique within an AWS account and region, and a job with this name already "
                    f"exists ({arn})",
                )
            self._instances.take(arn, usage, *machines)
            moment = now()
            self.records[name] = {
                **record,
                self._name: name,
                f"{self.kind.member}Arn": arn,
                self._status: "InProgress",
                "CreationTime": moment,
                "LastModifiedTime": moment,
            }
            self.store.tag(arn, params.get("Tags", []))
            self.running[name] = Running()
            self.announce(self.records[name])
        self.account.processes.spawn(lambda: self._run(name), f"job-{name}")
        return arn

    def describe(self, name: str) -> Params:
        with self.account.lock:
            record = self.records.get(name)
            if record is None:
                raise invalid(self.kind.unknown.format(name=name))
            return dict(record)

    def stop(self, name: str) -> None:
        """Asks a job to stop. Raises AwsError for one that has ended."""
        with self.account.lock:
            status = self.describe(name)[self._status]
            if status in ENDED:
                raise invalid(f"The request was rejected because the {self.kind.word} job is in status {status}.")
            if status == "Stopping":
                return
            self._change(self.records[name], {self._status: "Stopping"})
            self.announce(self.records[name])
            self.running[name].stop.set()

    def wait(self, name: str, poll: Callable[[], bool]) -> Params:
        """The job's record once it has ended; `poll` returning true asks it to stop first."""
        running = self.running.get(name)
        asked = False
        while running is not None and not running.ended.wait(WAIT_S):
            if not asked and poll():
                asked = True
                with self.account.lock:
                    if self.records[name][self._status] == "InProgress":
                        self.stop(name)
        return self.describe(name)

    def list(self, params: Params) -> tuple[list[Params], dict[str, str]]:
        wanted = params.get("StatusEquals")
        found, more = page(
            list(self.records.values()),
            params,
            name=self._name,
            sorts={"CreationTime": "CreationTime", "Name": self._name, "Status": self._status},
            keep=lambda record: wanted is None or record[self._status] == wanted,
        )
        end = f"{self.kind.word.capitalize()}EndTime"
        members = (self._name, f"{self.kind.member}Arn", "CreationTime", "LastModifiedTime", self._status, end)
        return [select(record, *members, "FailureReason") for record in found], more

    def run_container(
        self,
        name: str,
        room: containers.Room,
        command: Sequence[str],
        given: Mapping[str, str],
        limits: containers.Limits,
        scan: Scan = lambda lines: None,
    ) -> containers.Outcome:
        """Runs a command in a room, with its lines in a log stream of the job's; `scan` sees them too."""
        stream = f"{name}/algo-1-{int(time.time())}-{token(8)}"

        def write(lines: Lines) -> None:
            self._logs.write(self.kind.log_group, stream, lines)
            scan(lines)

        return containers.run(self.account, room, command, given, write, limits)

    def grace_s(self) -> float:
        """Real seconds that a container gets to end by itself."""
        return max(LEAST_GRACE_S, STOP_GRACE_S / self.clock.speed)

    def announce(self, record: Params) -> None:
        """SageMaker's event about a job: its whole description."""
        if self.account.processes.closing.is_set():
            return
        arn = record[f"{self.kind.member}Arn"]
        with self.account.lock:
            detail = {**as_event(record), "Tags": dict(self.store.tags.get(arn, {}))}
        self.account.emit("aws.sagemaker", self.kind.event, detail, [arn])

    def _run(self, name: str) -> None:
        record, running = self.records[name], self.running[name]
        started = f"{self.kind.word.capitalize()}StartTime"
        ended = started.replace("Start", "End")
        arn = record[f"{self.kind.member}Arn"]
        try:
            self._instances.provision(arn)
            self._change(record, {started: now()})
            self._work(record, running)
            outcome: dict[str, Any] = {self._status: "Stopped" if running.stop.is_set() else "Completed"}
        except (JobFailed, NoCapacity) as failure:
            outcome = {self._status: "Failed", "FailureReason": str(failure)[:REASON_LENGTH]}
            if running.stop.is_set():
                outcome = {self._status: "Stopped"}
        except AwsError as error:
            outcome = {self._status: "Failed", "FailureReason": f"ClientError: {error.message}"[:REASON_LENGTH]}
        except Exception as error:  # a job must end, whatever happened to it
            outcome = {self._status: "Failed", "FailureReason": f"InternalServerError: {type(error).__name__}: {error}"}
        finally:
            self._instances.give_back(arn)
        outcome[ended] = now()
        with self.account.lock:
            self._conclude(record, outcome)
            self._change(record, outcome)
        self.announce(record)
        running.ended.set()

    def _change(self, record: Params, members: Params) -> None:
        with self.account.lock:
            record.update(members, LastModifiedTime=now())


def as_event(value: Any) -> Any:
    """A description as SageMaker's events have it: times as milliseconds since 1970."""
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: as_event(item) for key, item in value.items()}
    return [as_event(item) for item in value] if isinstance(value, list) else value


def failure_reason(outcome: containers.Outcome, message: str) -> str | None:
    """Why a container's end is a failure; None where it is none."""
    if outcome.error:
        return f"ClientError: The container could not be started: {outcome.error}"
    if outcome.timed_out or outcome.stopped or outcome.interrupted:
        return None
    if outcome.exit_code == 0:
        return None
    if message:
        return f"AlgorithmError: {message[:900]}, exit code: {outcome.exit_code}"
    return f"AlgorithmError: See job logs for more information, exit code: {outcome.exit_code}"
