"""Reads a source in batches and hands them on: the loop of pipes and of event source mappings."""

import threading
import time
from collections.abc import Callable, Sequence

from botocore.exceptions import ClientError

from estate.cloud.services.account import Account
from estate.cloud.services.events.sources import Batch, Failed, Handler, Queue, Settings, Stream, wanted
from estate.cloud.services.wire import Params

PAUSE_S = 0.1
FIRST_RETRY_S = 0.2
LONGEST_RETRY_S = 5.0
GiveUp = Callable[[list[Params], str, int], None]  # records, why, and how often they were tried


class Poller:
    """One source with its handler; `give_up` gets what a stream has tried often enough."""

    def __init__(
        self,
        account: Account,
        arn: str,
        settings: Settings,
        handle: Handler,
        give_up: GiveUp,
        speed: float,
        *,
        flat: bool,
    ) -> None:
        self._account = account
        self._settings = settings
        self._handle = handle
        self._give_up = give_up
        self._stop = threading.Event()
        self._source: Queue | Stream
        if ":sqs:" in arn:
            self._source = Queue(account, arn, speed)
        else:
            self._source = Stream(account, arn, settings, flat=flat)
        account.processes.spawn(self._run, "poller")

    def stop(self) -> None:
        self._stop.set()

    def _ended(self, pause_s: float) -> bool:
        return self._account.processes.closing.wait(pause_s) or self._stop.is_set()

    def _run(self) -> None:
        while not self._ended(PAUSE_S):
            try:
                batch = self._source.fetch(self._settings)
                if batch is not None and batch.records:
                    self._take(batch)
            except ClientError:  # the source is gone, or is not there yet
                if self._ended(1.0):
                    return

    def _take(self, batch: Batch) -> None:
        keep = wanted(batch, self._settings.patterns)
        records = [record for record, kept in zip(batch.records, keep, strict=True) if kept]
        keys = [key for key, kept in zip(batch.keys, keep, strict=True) if kept]
        failed: Sequence[str] = ()
        if records:
            failed = self._once(records, keys) if isinstance(self._source, Queue) else ()
            if isinstance(self._source, Stream):
                self._until_done(records, keys)
        self._source.done(batch, failed)

    def _once(self, records: list[Params], keys: list[str]) -> Sequence[str]:
        """A queue keeps what failed, and counts for itself."""
        try:
            return self._handle(records, keys)
        except Failed:
            return keys

    def _until_done(self, records: list[Params], keys: list[str]) -> None:
        """A stream stands still until a batch is handled, or given up."""
        limits, started, tried = self._settings, time.monotonic(), 0
        while records:
            why = "RetryAttemptsExhausted"
            try:
                failed = self._handle(records, keys)
                if not failed:
                    return
                first = min(keys.index(key) for key in failed if key in keys)
                # What came before the first failure is done, and is not tried again.
                records, keys = records[first:], keys[first:]
            except Failed:
                if limits.bisect and len(records) > 1:
                    half = len(records) // 2
                    self._until_done(records[:half], keys[:half])
                    records, keys = records[half:], keys[half:]
                    continue
            tried += 1
            expired = 0 <= limits.age_s < time.monotonic() - started
            if expired:
                why = "RecordAgeExceeded"
            if expired or 0 <= limits.attempts < tried:
                self._give_up(records, why, tried)
                return
            if self._ended(min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** (tried - 1))):
                return
