"""Writes what jobs, hosts and functions say into CloudWatch Logs, and reads a job's last lines back."""

import time
from collections.abc import Iterable

from estate.cloud.services.account import Account

JOB_GROUPS = ("/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs", "/aws/sagemaker/TransformJobs")
LONGEST_EVENT = 256 * 1024 - 26


class Logs:
    """One writer for all services. Groups and streams are made where they are missing, as SageMaker and Lambda do."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def write(self, group: str, stream: str, lines: Iterable[str]) -> None:
        events = [{"timestamp": int(time.time() * 1000), "message": line[:LONGEST_EVENT]} for line in lines]
        with self._account.lock:
            logs = self._account.backend("logs")
            if group not in logs.groups:
                logs.create_log_group(group, {})
            if stream not in logs.groups[group].streams:
                logs.create_log_stream(group, stream)
            if events:
                logs.put_log_events(group, stream, events)

    def has(self, group: str) -> bool:
        return group in self._account.backend("logs").groups

    def tail(self, job: str, lines: int) -> list[str]:
        """The last lines of a processing, training or transform job, oldest first."""
        found = []
        with self._account.lock:
            groups = self._account.backend("logs").groups
            for group in JOB_GROUPS:
                if group in groups:
                    for name, stream in groups[group].streams.items():
                        if name.startswith(f"{job}/"):
                            found += [(event.timestamp, event.event_id, event.message) for event in stream.events]
        return [message for _, _, message in sorted(found)[-lines:]]
