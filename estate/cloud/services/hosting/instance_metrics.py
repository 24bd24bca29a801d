"""What SageMaker measures of a variant's instances, in /aws/sagemaker/Endpoints: read from the system's own accounts.

Processor and memory come from /proc, which Linux has: elsewhere they are not put. Values are of the one process that
stands for all instances of a variant, against this machine's memory.
"""

import os
import time
from pathlib import Path

from estate.cloud.services.clock import Clock
from estate.cloud.services.cloudwatch.measures import Measures, Values
from estate.cloud.services.hosting.deployments import Deployments
from estate.cloud.services.hosting.multi_model import MultiModelHost

NAMESPACE = "/aws/sagemaker/Endpoints"
EVERY_S = 60.0  # on the emulated clock
PROC = Path("/proc")


class InstanceMetrics:
    def __init__(self, deployments: Deployments, measures: Measures, clock: Clock) -> None:
        self._deployments = deployments
        self._measures = measures
        self._clock = clock
        self._put_s = clock.now_s()
        self._used: dict[int, tuple[float, float]] = {}  # by process: real seconds, and processor seconds until then

    def tick(self) -> None:
        if self._clock.now_s() - self._put_s >= EVERY_S:
            self._put_s = self._clock.now_s()
            self.put()

    def put(self) -> None:
        """Of every host that runs now. The first time a host is seen its processor use is not known yet."""
        used: dict[int, tuple[float, float]] = {}
        for endpoint, fleet in self._deployments.fleets().items():
            for name, member in fleet.everybody().items():
                for host in member.hosts():
                    values: Values = {}
                    pid = host.pid
                    now_s, busy_s = time.monotonic(), processor_s(pid) if pid is not None else None
                    if pid is not None and busy_s is not None:
                        used[pid] = now_s, busy_s
                        before_s, before_busy_s = self._used.get(pid, (now_s, busy_s))
                        if now_s > before_s:
                            share = (busy_s - before_busy_s) / (now_s - before_s)
                            values["CPUUtilization"] = (100 * share, "Percent")
                        values["MemoryUtilization"] = (100 * memory_share(pid), "Percent")
                    if isinstance(host, MultiModelHost):
                        values["LoadedModelCount"] = (float(host.cache.count), "None")
                    dimensions = {"EndpointName": endpoint, "VariantName": name}
                    if values:
                        self._measures.put(NAMESPACE, dimensions, values)
        self._used = used


def processor_s(pid: int) -> float | None:
    """Seconds of processor time that a process has used; None where the system does not say."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_share(pid: int) -> float:
    """The part of this machine's memory that a process holds; 0 where it is gone."""
    try:
        pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages / os.sysconf("SC_PHYS_PAGES")
