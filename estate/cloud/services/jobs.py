"""What processing and training jobs share: they are created, run in a thread, followed, listed and stopped."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from estate.cloud.services import containers
from estate.cloud.services.account import Account, now, token
from estate.cloud.services.checks import invalid
from estate.cloud.services.logs import Logs
from estate.cloud.services.store import Records, Store, page, select
from estate.cloud.services.wire import AwsError, Params

ENDED = frozenset({"Completed", "Failed", "Stopped"})
REASON_LENGTH = 1024
DAY_S = 86400


@dataclass
class Running:
    """A job at work. `stop` asks it to end, `ended` tells that it has."""

    stop: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Kind:
    """How the two kinds of jobs differ in names."""

    member: str  # ProcessingJob, TrainingJob
    arn: str
    log_group: str
    event: str


class JobFailed(Exception):
    """A job could not be run to its end. The message is its FailureReason."""


Work = Callable[[Params, Running], None]


class Jobs:
    """All jobs of one kind. `work` runs one: it changes the job's record, and raises JobFailed."""

    def __init__(self, account: Account, store: Store, logs: Logs, kind: Kind, records: Records, work: Work) -> None:
        self.account = account
        self.store = store
        self.logs = logs
        self.kind = kind
        self.records = records
        self._work = work
        self.running: dict[str, Running] = {}

    @property
    def _name(self) -> str:
        return f"{self.kind.member}Name"

    @property
    def _status(self) -> str:
        return f"{self.kind.member}Status"

    def create(self, params: Params, record: Params) -> str:
        """Records the job and starts it; returns its ARN. Raises AwsError for a name that is taken."""
        name = params[self._name]
        arn = self.store.arn(self.kind.arn, name)
        with self.account.lock:
            if name in self.records:
                raise AwsError(
                    "ResourceInUse",
                    "Job name must be unique within an AWS account and region, and a job with this name already "
                    f"exists ({arn})",
                )
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
        self.account.processes.spawn(lambda: self._run(name), f"job-{name}")
        return arn

    def describe(self, name: str) -> Params:
        with self.account.lock:
            record = self.records.get(name)
            if record is None:
                raise invalid(f"Could not find requested job with name: {name}")
            return dict(record)

    def stop(self, name: str) -> None:
        """Asks a job to stop. Raises AwsError for one that has ended."""
        with self.account.lock:
            record = self.describe(name)
            if record[self._status] in ENDED:
                raise invalid(
                    f"The request was rejected because the job {record[f'{self.kind.member}Arn']} is in status "
                    f"{record[self._status]}."
                )
            self.records[name][self._status] = "Stopping"
            self.running[name].stop.set()

    def wait(self, name: str, poll: Callable[[], bool]) -> Params:
        """The job's record once it has ended; `poll` returning true asks it to stop first."""
        running = self.running.get(name)
        asked = False
        while running is not None and not running.ended.wait(0.05):
            if not asked and poll():
                asked = True
                running.stop.set()
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
        end = f"{self.kind.arn.partition('-')[0].capitalize()}EndTime"
        members = (self._name, f"{self.kind.member}Arn", "CreationTime", "LastModifiedTime", self._status, end)
        return [select(record, *members, "FailureReason") for record in found], more

    def runner(self, name: str, running: Running, limit_s: float) -> Callable[..., containers.Outcome]:
        """Runs a command in a room, with its lines in the job's log stream."""
        stream = f"{name}/algo-1-{int(time.time())}-{token(8)}"

        def run(room: containers.Room, command: list[str], given: dict[str, str]) -> containers.Outcome:
            return containers.run(
                self.account,
                room,
                command,
                given,
                lambda lines: self.logs.write(self.kind.log_group, stream, lines),
                limit_s=limit_s,
                stop=running.stop,
            )

        return run

    def _run(self, name: str) -> None:
        record, running = self.records[name], self.running[name]
        started = f"{self.kind.arn.partition('-')[0].capitalize()}StartTime"
        ended = started.replace("Start", "End")
        self._change(record, {started: now()})
        try:
            self._work(record, running)
            outcome: dict[str, Any] = {self._status: "Stopped" if running.stop.is_set() else "Completed"}
        except JobFailed as failure:
            outcome = {self._status: "Failed", "FailureReason": str(failure)[:REASON_LENGTH]}
            if running.stop.is_set():
                outcome = {self._status: "Stopped"}
        except Exception as error:  # a job must end, whatever happened to it
            outcome = {self._status: "Failed", "FailureReason": f"InternalServerError: {type(error).__name__}: {error}"}
        outcome[ended] = now()
        self._change(record, outcome)
        running.ended.set()
        if not self.account.processes.closing.is_set():
            arn = record[f"{self.kind.member}Arn"]
            detail = select(record, self._name, f"{self.kind.member}Arn", self._status, "FailureReason")
            self.account.publish("aws.sagemaker", self.kind.event, detail, [arn])

    def _change(self, record: Params, members: Params) -> None:
        with self.account.lock:
            record.update(members, LastModifiedTime=now())


def failure_reason(outcome: containers.Outcome, message: str) -> str | None:
    """Why a container's end is a failure; None where it is none."""
    if outcome.error:
        return f"ClientError: The container could not be started: {outcome.error}"
    if outcome.timed_out or outcome.stopped:
        return None
    if outcome.exit_code == 0:
        return None
    if message:
        return f"AlgorithmError: {message[:900]}, exit code: {outcome.exit_code}"
    return f"AlgorithmError: See job logs for more information, exit code: {outcome.exit_code}"
