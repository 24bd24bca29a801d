"""Machines for jobs: as many as are asked for, until a quota is set or capacity is made to run out."""

from dataclasses import dataclass, field

from estate.cloud.services.wire import AwsError


class NoCapacity(Exception):
    """There is no machine of this type for now. The message is the job's FailureReason."""


@dataclass
class Instances:
    """Guarded by the account's lock, as everything that our services hold."""

    quotas: dict[tuple[str, str], int] = field(default_factory=dict)  # (type, usage) -> machines at the same time
    _taken: dict[str, tuple[str, str, int]] = field(default_factory=dict)  # job -> usage, type, machines
    _missing: dict[str, int] = field(default_factory=dict)  # type -> how many more jobs find none

    def take(self, job: str, usage: str, instance_type: str, count: int) -> None:
        """Raises AwsError (ResourceLimitExceeded)."""
        quota = self.quotas.get((instance_type, usage))
        used = sum(number for what, kind, number in self._taken.values() if (what, kind) == (usage, instance_type))
        if quota is not None and used + count > quota:
            raise AwsError(
                "ResourceLimitExceeded",
                f"The account-level service limit '{instance_type} for {usage}' is {quota} Instances, with current "
                f"utilization of {used} Instances and a request delta of {count} Instances. Please use AWS Service "
                "Quotas to request an increase for this quota. If AWS Service Quotas is not available, contact AWS "
                "support to request an increase for this quota.",
            )
        self._taken[job] = usage, instance_type, count

    def exhaust(self, instance_type: str, jobs: int) -> None:
        """The next `jobs` jobs on machines of this type find none."""
        self._missing[instance_type] = jobs

    def provision(self, job: str) -> None:
        """Raises NoCapacity."""
        _, instance_type, _ = self._taken[job]
        if self._missing.get(instance_type, 0) > 0:
            self._missing[instance_type] -= 1
            raise NoCapacity(
                "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML "
                "instance type."
            )

    def give_back(self, job: str) -> None:
        self._taken.pop(job, None)
