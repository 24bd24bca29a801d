"""Machines that stay for the next job, as training jobs' descriptions tell."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.services.harness import Ground
from tests.cloud.services.job_kit import trained, training, until


@pytest.fixture(scope="module")
def speed() -> float:
    """A kept machine is given back within a real second or two."""
    return 600.0


def warm(ground: Ground, seconds: int, size: int = 5) -> dict[str, Any]:
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": size}
    return training(ground, "pass", ResourceConfig={**resources, "KeepAlivePeriodInSeconds": seconds})


def pool(ground: Ground, job: dict[str, Any]) -> dict[str, Any]:
    found = ground.client("sagemaker").describe_training_job(TrainingJobName=job["TrainingJobName"])
    return found.get("WarmPoolStatus", {})


def test_the_next_job_of_the_same_kind_takes_the_machines(ground: Ground) -> None:
    first, other, second = warm(ground, 21600), warm(ground, 21600, size=6), warm(ground, 21600)

    trained(ground, first)
    assert pool(ground, first)["Status"] == "Available"
    trained(ground, other)
    assert pool(ground, first)["Status"] == "Available"
    trained(ground, second)

    taken = pool(ground, first)
    assert (taken["Status"], taken["ReusedByJob"]) == ("Reused", second["TrainingJobName"])
    assert pool(ground, second)["Status"] == "Available"


def test_they_are_given_back_when_their_time_is_over(ground: Ground) -> None:
    job = warm(ground, 1, size=7)
    trained(ground, job)

    gone = until(lambda: (found := pool(ground, job))["Status"] == "Terminated" and found)
    assert gone == {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 1}


def test_machines_of_a_job_that_failed_do_not_stay(ground: Ground) -> None:
    job = {**training(ground, "sys.exit(1)"), "ResourceConfig": warm(ground, 600, size=8)["ResourceConfig"]}
    trained(ground, job)

    assert pool(ground, job)["Status"] == "Terminated"


def test_a_job_that_asks_for_none_has_none(ground: Ground) -> None:
    assert "WarmPoolStatus" not in trained(ground, training(ground, "pass"))


def test_spot_machines_are_not_kept(ground: Ground) -> None:
    spot = {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 5, "MaxWaitTimeInSeconds": 9},
    }

    with pytest.raises(ClientError, match="KeepAlivePeriodInSeconds is not supported with EnableManagedSpotTraining"):
        ground.client("sagemaker").create_training_job(**{**warm(ground, 60), **spot})
