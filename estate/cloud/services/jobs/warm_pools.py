"""Warm pools: a training job's machines that stay for the next job of the same kind, as far as descriptions tell.

A job that finds a pool does not start sooner here: machines are there at once in any case.
"""

import threading
from dataclasses import dataclass

from estate.cloud.services.checks import invalid
from estate.cloud.services.clock import Clock
from estate.cloud.services.wire import Params

# What two jobs must share; from the developer guide's "Matching training jobs".
MACHINES = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId")
REST = ("RoleArn", "VpcConfig", "EnableInterContainerTrafficEncryption")


def check(params: Params) -> None:
    """Raises AwsError for a pool of spot machines."""
    if keep_alive_s(params) and params.get("EnableManagedSpotTraining", False):
        raise invalid("KeepAlivePeriodInSeconds is not supported with EnableManagedSpotTraining")


def keep_alive_s(params: Params) -> int:
    """How long the job's machines stay after it; 0 where they do not."""
    return params["ResourceConfig"].get("KeepAlivePeriodInSeconds", 0)


@dataclass
class Pool:
    kind: str  # the same for jobs that match
    keep_alive_s: int
    since_s: float | None = None  # free since then
    until_s: float | None = None  # gone, or taken, at that time
    taken_by: str = ""

    def gone(self, now_s: float) -> bool:
        return self.until_s is not None and now_s >= self.until_s


class WarmPools:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pools: dict[str, Pool] = {}  # by the job that they are of

    def begin(self, job: str, params: Params) -> None:
        """A job is created: it takes a free pool of its kind, where there is one."""
        if not keep_alive_s(params):
            return
        kind = _kind(params)
        with self._lock:
            now_s = self._clock.now_s()
            for pool in self._pools.values():
                if pool.kind == kind and pool.since_s is not None and not pool.taken_by and not pool.gone(now_s):
                    pool.taken_by, pool.until_s = job, now_s
                    break
            self._pools[job] = Pool(kind, keep_alive_s(params))

    def end(self, job: str, completed: bool) -> None:
        """A job has ended; the machines of one that did not complete are given back."""
        with self._lock:
            pool = self._pools.get(job)
            if pool is not None:
                pool.since_s = self._clock.now_s()
                pool.until_s = pool.since_s + (pool.keep_alive_s if completed else 0)

    def shown(self, job: str) -> Params:
        """What the job's description says of its pool."""
        with self._lock:
            pool = self._pools.get(job)
            if pool is None:
                return {}
            if pool.since_s is None or pool.until_s is None:
                return {"WarmPoolStatus": {"Status": "InUse"}}
            now_s = self._clock.now_s()
            billed = {"ResourceRetainedBillableTimeInSeconds": round(min(now_s, pool.until_s) - pool.since_s)}
            if pool.taken_by:
                return {"WarmPoolStatus": {"Status": "Reused", "ReusedByJob": pool.taken_by, **billed}}
            return {"WarmPoolStatus": {"Status": "Terminated" if pool.gone(now_s) else "Available", **billed}}


def _kind(params: Params) -> str:
    machines = {name: params["ResourceConfig"].get(name) for name in MACHINES}
    return repr((sorted(machines.items()), [params.get(name) for name in REST]))
